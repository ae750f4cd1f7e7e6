// What a reader who does not see the page depends on, beyond what axe looks at.
() => {
  const faults = [];
  const say = (fault, e) => faults.push(`${fault}: ${e.textContent.trim().slice(0, 60)}`);
  if (document.documentElement.lang != 'sv') faults.push('lang');
  if (document.querySelectorAll('script').length) faults.push('script');
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  if (new Set(ids).size != ids.length) faults.push('an id stands twice');
  for (const table of document.querySelectorAll('table')) {
    if (!table.caption?.textContent.trim()) say('no caption', table);
    if ([...table.querySelectorAll('th')].some(th => !th.scope || !th.textContent.trim()))
      say('a heading without scope or text', table);
    for (const row of table.tBodies[0].rows)
      if (!row.querySelector('th[scope=row]')) say('a row without a heading', row);
    const box = table.closest('.ek-table');
    if (!box || box.tabIndex != 0 || !box.getAttribute('aria-label')) say('no region', table);
  }
  for (const svg of document.querySelectorAll('svg')) {
    const alt = document.getElementById(svg.getAttribute('aria-labelledby'))?.textContent ?? '';
    if (alt.split(' ').length < 8 || /no description|bild saknas|diagram\.?$/i.test(alt))
      faults.push(`a placeholder: ${alt}`);
    if (/\d/.test(svg.querySelector('text')?.parentElement.textContent ?? '') && !/\d/.test(alt))
      faults.push(`no numbers: ${alt}`);
    const box = svg.closest('.ek-drawing');
    if (!box || box.tabIndex != 0 || !box.getAttribute('aria-label')) faults.push('no region');
    if (!svg.closest('figure').querySelector('figcaption').textContent.trim()) faults.push('caption');
  }
  for (const figure of document.querySelectorAll('figure')) {
    const held = figure.querySelector('details table');
    const linked = [...figure.querySelectorAll('.ek-note a')].some(
      a => document.querySelector(a.hash)?.querySelector('table'));
    if (!held && !linked) faults.push(`no numbers behind: ${figure.id}`);
  }
  const prose = document.querySelector('main').innerText;
  const tex = prose.match(/\$[^$\n]{1,80}\$|\\(frac|sum|hat|beta|text)\b/);
  if (tex) faults.push(`raw TeX: ${tex[0]}`);
  return faults;
}
