// A log that stays open: asks every two seconds for what came since, while the page is looked at.
(() => {
  "use strict";
  const body = document.querySelector("tbody[data-live]");
  const state = document.querySelector("[data-live-state]");
  if (!body || !state) return;
  let newest = body.dataset.newest || "0";
  const look = async () => {
    if (document.hidden || body.dataset.paused) return;
    try {
      const res = await fetch(body.dataset.live + "&after=" + newest, { headers: { Accept: "text/html" } });
      if (!res.ok) throw new Error(res.status);
      const rows = document.createElement("tbody");
      rows.innerHTML = await res.text();
      if (!rows.rows.length) return;
      newest = rows.rows[0].dataset.id;
      for (const row of [...rows.rows].reverse()) { row.classList.add("fresh"); body.prepend(row); }
      while (body.rows.length > 200) body.lastElementChild.remove();
      const empty = document.querySelector("[data-live-empty]");
      if (empty) { empty.hidden = true; body.closest("[hidden]")?.removeAttribute("hidden"); }
      state.textContent = "live";
    } catch {
      state.textContent = "not connected";
    }
  };
  state.hidden = false;
  setInterval(look, 2000);
})();
