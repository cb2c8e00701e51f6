// SPDX-License-Identifier: GPL-2.0
// Looks at the page it runs in as a reader would. Gives {dark, pictures, texts, faults}: how many pictures and texts there are,
// and a line for whatever is cut off, empty, on top of something else or too pale (WCAG 2.1 AA: 4.5 to 1).
(() => {
	const faults = [], root = document.documentElement, width = root.clientWidth || innerWidth;
	const said = text => text.trim().replace(/\s+/g, ' ').slice(0, 60);
	const close = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;

	/// What may be wider than the page, because the reader can move it.
	function scroller(e) {
		for (let p = e.parentElement; p; p = p.parentElement)
			if (['auto', 'scroll'].includes(getComputedStyle(p).overflowX))
				return p;
		return null;
	}

	function colour(text) {
		const m = text.match(/^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/);
		if (!m)
			throw new Error(`a colour that is not understood: ${text}`);
		return {rgb: [+m[1], +m[2], +m[3]], alpha: m[4] === undefined ? 1 : +m[4]};
	}

	function luminance(rgb) {
		const [r, g, b] = rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	}

	function contrast(a, b) {
		const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
		return (high + 0.05) / (low + 0.05);
	}

	/// The colour under an element: a picture's own ground, or that of the nearest box that has one.
	function ground(e) {
		const own = e.closest('svg') && [...document.querySelectorAll('svg > .ground')].find(g => g.parentElement.contains(e));
		if (own)
			return colour(getComputedStyle(own).fill).rgb;
		for (let p = e; p; p = p.parentElement) {
			const c = colour(getComputedStyle(p).backgroundColor);
			if (c.alpha === 1)
				return c.rgb;
			if (c.alpha > 0)
				throw new Error('a ground that one sees through');
		}
		return [255, 255, 255];
	}

	/// 0..1 of the element with all that it is in.
	function opacity(e) {
		let all = 1;
		for (let p = e; p; p = p.parentElement)
			all *= +getComputedStyle(p).opacity;
		return all;
	}

	function check_contrast(e, text) {
		const below = ground(e), ink = colour(e.closest('svg') ? getComputedStyle(e).fill : getComputedStyle(e).color);
		const part = ink.alpha * opacity(e), seen = ink.rgb.map((c, i) => c * part + below[i] * (1 - part));
		const ratio = contrast(seen, below);
		if (ratio < 4.5)
			faults.push(`contrast ${ratio.toFixed(2)} of "${said(text)}"`);
	}

	function check_picture(svg) {
		const box = svg.getBoundingClientRect(), label = svg.getAttribute('aria-label') || 'a picture';
		if (box.width < 100 || box.height < 50)
			faults.push(`${label}: ${box.width} x ${box.height} px`);
		const marks = [...svg.querySelectorAll('rect:not(.ground), circle, path')].filter(e => {
			const b = e.getBBox(), style = getComputedStyle(e);
			return (b.width > 0 && b.height > 0 && style.fill !== 'none') || (b.width + b.height > 0 && style.stroke !== 'none');
		});
		if (!marks.length)
			faults.push(`${label}: nothing is drawn`);
		for (const curve of svg.querySelectorAll('.curve'))
			if (!(curve.getTotalLength() >= 0) || getComputedStyle(curve).stroke === 'none' || getComputedStyle(curve).fill !== 'none')
				faults.push(`${label}: a curve that is none: ${curve.getAttribute('d').slice(0, 40)}`);
		for (const e of svg.querySelectorAll('rect, circle, path, line, text'))
			for (const a of [...e.attributes].filter(a => /^(d|[xy][12]?|c[xy]|width|height)$/.test(a.name)))
				if (/nan|inf|undefined/i.test(a.value))
					faults.push(`${label}: ${e.tagName} with ${a.name}="${a.value.slice(0, 40)}"`);
		const texts = [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect()]);
		texts.forEach(([text, t], i) => {
			if (t.left < box.left - 0.5 || t.right > box.right + 0.5 || t.top < box.top - 0.5 || t.bottom > box.bottom + 0.5)
				faults.push(`${label}: "${text}" is cut off`);
			for (const [other, o] of texts.slice(i + 1))
				if (close(t, o))
					faults.push(`${label}: "${text}" and "${other}" overlap`);
		});
	}

	if (root.scrollWidth > width)
		faults.push(`the page is ${root.scrollWidth} px wide in a window of ${width}`);
	const pictures = [...document.querySelectorAll('svg')].filter(e => !e.parentElement?.closest('svg'));
	for (const e of [...document.querySelectorAll('body *')].filter(e => !e.parentElement.closest('svg'))) {
		const box = e.getBoundingClientRect(), may_be_wider = scroller(e) && !e.matches('.picture');
		if (!may_be_wider && (box.left < -0.5 || box.right > width + 0.5))
			faults.push(`${e.tagName} reaches from ${box.left} to ${box.right} in a window of ${width} px`);
	}
	pictures.forEach(check_picture);
	let texts = 0;
	for (const e of (document.body ?? root).querySelectorAll('*')) {
		const text = [...e.childNodes].filter(n => n.nodeType === Node.TEXT_NODE).map(n => n.data).join('');
		if (!text.trim() || ['STYLE', 'SCRIPT', 'style', 'title'].includes(e.tagName))
			continue;
		texts++;
		check_contrast(e, text);
	}
	return {dark: luminance(ground(document.body ?? root.querySelector('text'))) < 0.2, pictures: pictures.length, texts, faults};
})()
