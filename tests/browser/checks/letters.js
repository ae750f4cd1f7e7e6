// The smallest words in a drawing, in CSS pixels as they stand on the screen: [figure, size].
() => [...document.querySelectorAll('svg text')].map(text => [
  text.closest('figure').id + ': ' + text.textContent,
  parseFloat(getComputedStyle(text).fontSize) * Math.hypot(text.getScreenCTM().a, text.getScreenCTM().b),
])
