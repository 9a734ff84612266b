// Finds things on a page by what they are called.
const sluss = {
  kinds: {
    field: "input:not([type=checkbox], [type=radio], [type=hidden]), textarea, select",
    press: "a[href], button",
    any: "input:not([type=hidden]), textarea, select, a[href], button, summary",
  },
  text: (s) => (s || "").replace(/\s+/g, " ").trim(),
  name: (e) => sluss.text(e.getAttribute("aria-label") || (e.labels && e.labels[0] && e.labels[0].innerText) || e.innerText),
  seen: (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0,
  fits: (e, name) => sluss.name(e) === name || sluss.name(e).startsWith(name),
  named(kind, name) {
    const all = [...document.querySelectorAll(sluss.kinds[kind])].filter(sluss.seen);
    const main = document.querySelector("main") || document.body;
    return all.find((e) => sluss.name(e) === name && main.contains(e)) || all.find((e) => sluss.fits(e, name) && main.contains(e)) || all.find((e) => sluss.fits(e, name));
  },
  all: (kind) => [...document.querySelectorAll(sluss.kinds[kind])].filter(sluss.seen).map(sluss.name).join(" | "),
  // middle returns where to press, after a scroll, if nothing lies above it.
  middle(kind, name) {
    const e = sluss.named(kind, name);
    if (!e) return [];
    e.scrollIntoView({ block: "center", behavior: "instant" });
    const r = e.getClientRects()[0];
    const at = [r.left + r.width / 2, r.top + r.height / 2];
    const top = document.elementFromPoint(...at);
    return top && (e.contains(top) || top.contains(e)) ? at : [];
  },
  // has reports whether the focus is on what is called name.
  has: (kind, name) => document.activeElement.matches(sluss.kinds[kind]) && document.activeElement === sluss.named(kind, name),
  // hiddenFocus returns what has the focus if that cannot be seen.
  hiddenFocus() {
    const e = document.activeElement;
    if (!e || e === document.body) return "";
    const style = getComputedStyle(e), r = e.getBoundingClientRect();
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const inside = r.bottom > 0 && r.right > 0 && r.top < innerHeight && r.left < innerWidth && r.width > 0;
    return ring && inside ? "" : `${e.tagName} ${sluss.name(e)} (${style.outlineStyle} ${style.outlineWidth}, ${Math.round(r.left)},${Math.round(r.top)})`;
  },
  async until(f) {
    for (const end = Date.now() + 15000; Date.now() < end;) {
      if (await f()) return true;
      await new Promise((r) => setTimeout(r, 100));
    }
    return false;
  },
};
// tooWide returns what sticks out of the window, if the page is wider than it.
sluss.tooWide = () => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide && document.body.scrollWidth <= wide) return "";
  return [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > wide + 1 && !e.closest(".table, pre, .picture, .tabs, svg"))
    .slice(0, 4).map((e) => `${e.tagName}.${e.className} ${sluss.text(e.innerText).slice(0, 60)}`).join(" | ") || `${document.documentElement.scrollWidth} of ${wide}`;
};
// weight returns the bytes of the page and of its style sheets.
sluss.weight = () => performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource").filter((r) => r.name.includes(".css") || r.name.includes("/bank/")))
  .reduce((n, r) => n + r.decodedBodySize, 0);
// judge returns what axe finds by the rules, by all that hold if there are none.
sluss.judge = async (rules) => (await axe.run(document, { resultTypes: ["violations"], ...(rules && { runOnly: rules }) })).violations.map((v) => `${v.id}: ${v.help}: ` +
  v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + [...n.any, ...n.all, ...n.none].map((c) => c.message).join("; ").slice(0, 200)).join(" and "));
// shifts returns what moved while the page loaded, a moment after.
sluss.shifts = async () => {
  await new Promise((r) => setTimeout(r, 50));
  return globalThis.shifted.map((e) => `${e.value} ` + e.sources.map((s) => `${s.node?.outerHTML?.slice(0, 80)} ${JSON.stringify(s.previousRect)} to ${JSON.stringify(s.currentRect)}`).join(" and "));
};
