// Starts the viewer of the API description.
(() => {
  "use strict";
  const at = document.querySelector("#viewer");
  // What the viewer leaves out for who cannot see or has no mouse: names of fields, a way to scroll by keyboard, and
  // no link within a button.
  const mend = () => {
    for (const field of at.querySelectorAll("select, textarea, input")) {
      if (field.getAttribute("aria-label") || [...field.labels ?? []].some((l) => l.innerText.trim().replace(field.innerText.trim(), ""))) continue;
      const row = field.closest("tr, .body-param, .servers, .content-type-wrapper");
      const name = field.id === "servers" ? "Server" : row?.querySelector(".parameter__name")?.firstChild?.textContent || field.id || "Value";
      field.setAttribute("aria-label", field.matches(".body-param__text") ? "Body" : field.matches(".body-param select, .content-type") ? "Media type" : name);
    }
    for (const block of at.querySelectorAll("pre:not([tabindex])")) block.tabIndex = 0;
    for (const link of at.querySelectorAll(".opblock-summary-control a[href]")) link.removeAttribute("href");
  };
  new MutationObserver(mend).observe(at, { childList: true, subtree: true });
  window.ui = SwaggerUIBundle({
    url: at.dataset.description,
    domNode: at,
    deepLinking: true,
    validatorUrl: null,
    persistAuthorization: false,
    tryItOutEnabled: true,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    displayRequestDuration: true,
    layout: "BaseLayout",
    presets: [SwaggerUIBundle.presets.apis],
    requestInterceptor: (r) => {
      if (!r.loadSpec && r.headers && !r.headers["X-Request-ID"]) r.headers["X-Request-ID"] = crypto.randomUUID();
      return r;
    },
  });
})();
