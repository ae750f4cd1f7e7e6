// What does not fit: text beyond its box or the page, words beyond their drawing.
() => {
  const name = e => `${e.tagName} ${e.textContent.trim().slice(0, 40)}`;
  const scrolls = e => e.closest('.ek-table, .ek-drawing');
  const faults = [];
  for (const e of document.querySelectorAll('body *')) {
    const style = getComputedStyle(e);
    if (e.closest('svg') || e.matches('.ek-skip, .ek-hidden, .ek-hidden *')) continue;
    if (style.overflowX != 'visible' && !e.matches('.ek-table, .ek-drawing')
        && e.scrollWidth > e.clientWidth + 1) faults.push('cut: ' + name(e));
    if (!scrolls(e) && e.getBoundingClientRect().right > innerWidth + 1)
      faults.push('beyond the page: ' + name(e));
  }
  for (const text of document.querySelectorAll('svg text')) {
    const [, , width, height] = text.closest('svg').getAttribute('viewBox').split(' ').map(Number);
    const box = text.closest('svg').getScreenCTM().inverse().multiply(text.getScreenCTM());
    const { x, y, width: w, height: h } = text.getBBox();
    const corners = [[x, y], [x + w, y + h]].map(
      ([a, b]) => [box.a * a + box.c * b + box.e, box.b * a + box.d * b + box.f]);
    if (corners.some(([a, b]) => a < -2 || b < -2 || a > width + 2 || b > height + 2))
      faults.push(`beyond the drawing ${text.closest('figure').id}: ${text.textContent}`);
  }
  return faults;
}
