// Says at once what is wrong with a redirect URI. The server has the last word.
(() => {
  "use strict";
  const box = document.querySelector("#uris"), said = document.querySelector("[data-uris]");
  if (!box || !said) return;
  const fault = (text) => {
    if (text.includes("#")) return "has a fragment";
    if (/[^!-~]|[\\*]/.test(text)) return "is not plain ASCII, or has a space or a wildcard";
    if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return "is no whole address of http or https";
    const u = new URL(text);
    if (u.username || u.password) return "names a user";
    if (u.protocol === "https:" || ["localhost", "127.0.0.1", "[::1]"].includes(u.hostname)) return "";
    return "must be https, or http on localhost, 127.0.0.1 or [::1]";
  };
  box.addEventListener("input", () => {
    const lines = box.value.split("\n").map((line) => line.trim());
    const bad = lines.findIndex((line, i) => line && (fault(line) || lines.indexOf(line) < i));
    said.textContent = bad < 0 ? "" : `Line ${bad + 1} ${fault(lines[bad]) || "is there twice"}.`;
    box.setAttribute("aria-invalid", String(bad >= 0));
  });
})();
