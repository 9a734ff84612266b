// Passkeys: a form with data-passkey asks for options, lets the browser do its part, and sends itself with the answer.
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const bytes = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const optionsOf = async (form) => {
    const res = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (!res.ok || !(res.headers.get("Content-Type") || "").startsWith("application/json")) throw new Error("Load the page again, and try once more.");
    const o = await res.json();
    o.challenge = bytes(o.challenge);
    if (o.user) o.user.id = bytes(o.user.id);
    for (const c of [...(o.excludeCredentials || []), ...(o.allowCredentials || [])]) c.id = bytes(c.id);
    return o;
  };
  const answerOf = (c) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) if (c.response[part]) response[part] = text(c.response[part]);
    if (c.response.getTransports) response.transports = c.response.getTransports();
    return JSON.stringify({
      id: c.id, rawId: text(c.rawId), type: c.type, authenticatorAttachment: c.authenticatorAttachment || undefined,
      clientExtensionResults: c.getClientExtensionResults(), response,
    });
  };
  let waiting;
  const run = async (form, extra) => {
    const create = form.dataset.passkey === "create";
    const request = { publicKey: await optionsOf(form), ...extra };
    const credential = await (create ? navigator.credentials.create(request) : navigator.credentials.get(request));
    form.elements.credential.value = answerOf(credential);
    form.submit();
  };
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const fault = form.querySelector("[data-passkey-fault]");
    form.hidden = false;
    form.removeAttribute("data-waits");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      waiting?.abort();
      fault.hidden = true;
      try {
        await run(form, {});
      } catch (e) {
        fault.textContent = e.name === "NotAllowedError" ? "Nothing was chosen, or it took too long." : e.name === "InvalidStateError" ? "That device has a passkey for this account already." : e.message;
        fault.hidden = false;
      }
    });
    if (form.dataset.conditional === undefined) continue;
    (async () => { // offered among the browser's suggestions for the address
      if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
      waiting = new AbortController();
      await run(form, { mediation: "conditional", signal: waiting.signal });
    })().catch(() => {});
  }
})();
