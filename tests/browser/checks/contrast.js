// Relative luminance and contrast ratio as WCAG 2.2 defines them, for every element with text.
// Words in a drawing stand on the last shape drawn below their middle, or else on the white card.
() => {
  const rgb = c => c.match(/[\d.]+/g).map(Number);
  const light = c => rgb(c).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const shapes = new Map();
  const shapesOf = svg => {
    if (!shapes.has(svg)) shapes.set(svg, [...svg.querySelectorAll('path, rect, circle, use')]
      .filter(e => !e.closest('defs') && getComputedStyle(e).fill.startsWith('rgb'))
      .map(e => [e, e.getBoundingClientRect(), getComputedStyle(e).fill]));
    return shapes.get(svg);
  };
  const below = text => {
    const box = text.getBoundingClientRect();
    const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    return shapesOf(text.closest('svg')).filter(([e, b]) => b.left <= x && x <= b.right
        && b.top <= y && y <= b.bottom && e.compareDocumentPosition(text) & 4)
      .at(-1)?.[2];
  };
  const ground = e => {
    if (e.closest('svg')) return below(e) ?? ground(e.closest('.ek-drawing'));
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor, parts = rgb(c);
      if (parts.length < 4 || parts[3] > 0) return c;
    }
    return matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(0,0,0)' : 'rgb(255,255,255)';
  };
  return [...document.querySelectorAll('body *')]
    .filter(e => !['title', 'style'].includes(e.tagName.toLowerCase()))
    .filter(e => [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
    .map(e => {
      const style = getComputedStyle(e), colour = e.closest('svg') ? style.fill : style.color;
      const [a, b] = [light(colour), light(ground(e))].sort((x, y) => y - x);
      return [e.tagName + ' ' + e.textContent.trim().slice(0, 40), (a + 0.05) / (b + 0.05)];
    });
}
