// What pages are glad of and can do without: buttons that copy, and a row of tabs that shows where one is.
(() => {
  "use strict";
  for (const box of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    const say = (word) => {
      button.textContent = word;
      button.setAttribute("aria-label", box.dataset.copy ? `${word} ${box.dataset.copy}` : word);
    };
    say("Copy");
    button.addEventListener("click", async () => {
      const what = box.querySelector("pre, .secret, code");
      try {
        await navigator.clipboard.writeText(what.textContent.trim());
        say("Copied");
      } catch {
        const range = document.createRange();
        range.selectNodeContents(what);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        say("Selected");
      }
      setTimeout(() => say("Copy"), 2000);
    });
    box.append(button);
  }
  const tabs = document.querySelector(".tabs"), tab = tabs?.querySelector("[aria-current]");
  if (tab) tabs.scrollLeft += tab.getBoundingClientRect().left - tabs.getBoundingClientRect().left - (tabs.clientWidth - tab.offsetWidth) / 2;
})();
