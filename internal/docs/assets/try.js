// Starts the viewer of the API description.
(() => {
  "use strict";
  const at = document.querySelector("#viewer");
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
