// What the guides are glad of and can do without: the same code in several languages as tabs, which remember the language.
(() => {
  "use strict";
  const key = "sluss.language";
  const remembered = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const remember = (language) => { try { localStorage.setItem(key, language); } catch { /* it is forgotten, then */ } };
  const groups = [...document.querySelectorAll(".codes")].map((group, g) => {
    const list = document.createElement("div");
    list.className = "languages";
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Language");
    const tabs = [...group.querySelectorAll("details")].map((details, i) => {
      const tab = document.createElement("button");
      const panel = document.createElement("div");
      tab.type = "button";
      tab.textContent = details.querySelector("summary").textContent;
      tab.id = `code-${g}-${i}`;
      tab.setAttribute("role", "tab");
      panel.id = `${tab.id}-panel`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      tab.setAttribute("aria-controls", panel.id);
      panel.append(details.querySelector(".copy"));
      details.replaceWith(panel);
      list.append(tab);
      return { tab, panel, language: details.dataset.language };
    });
    group.prepend(list);
    list.addEventListener("keydown", (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (!step) return;
      const at = tabs.findIndex((t) => t.tab === document.activeElement);
      const to = tabs[(at + step + tabs.length) % tabs.length];
      to.tab.focus();
      choose(to.language, to.tab);
    });
    for (const t of tabs) t.tab.addEventListener("click", () => choose(t.language, t.tab));
    return tabs;
  });
  const show = (language) => {
    for (const tabs of groups) {
      const chosen = tabs.find((t) => t.language === language) || tabs[0];
      for (const t of tabs) {
        t.tab.setAttribute("aria-selected", t === chosen);
        t.tab.tabIndex = t === chosen ? 0 : -1;
        t.panel.hidden = t !== chosen;
      }
    }
  };
  const choose = (language, tab) => {
    const before = tab.getBoundingClientRect().top;
    remember(language);
    show(language);
    scrollBy(0, tab.getBoundingClientRect().top - before); // groups above may have changed their height
  };
  show(remembered());
})();
