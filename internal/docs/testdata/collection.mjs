// Runs a collection as Postman, newman and Bruno do, as far as ours goes, and
// fails if a check in it does: node collection.mjs COLLECTION ENVIRONMENT
import { readFileSync } from "node:fs";

const [collection, environment] = process.argv.slice(2).map((name) => JSON.parse(readFileSync(name)));
const values = new Map(environment.values.map((v) => [v.key, v.value]));
for (const v of collection.variable) values.set(v.key, v.value);

const fill = (text) =>
  text.replace(/\{\{([^}]+)\}\}/g, (gap, name) => (name === "$guid" ? crypto.randomUUID() : (values.get(name) ?? gap)));
const sent = (list) => (list || []).filter((x) => !x.disabled);

// expectation has the checks that the scripts make.
const expectation = (value) => {
  const check = (ok, what) => {
    if (!ok) throw new Error(`${JSON.stringify(value)} is not ${what}`);
  };
  return {
    to: {
      eql: (want) => check(value === want, JSON.stringify(want)),
      be: { oneOf: (all) => check(all.includes(value), `one of ${all}`) },
    },
  };
};

function prepare({ request }) {
  let path = request.url.path.join("/");
  for (const v of request.url.variable || []) path = path.replace(`:${v.key}`, encodeURIComponent(fill(v.value)));
  const url = new URL(fill(request.url.host.join("")) + "/" + path);
  for (const q of sent(request.url.query)) url.searchParams.append(q.key, fill(q.value));
  const headers = new Headers(sent(request.header).map((h) => [h.key, fill(h.value)]));
  const auth = request.auth || collection.auth;
  if (auth.type === "bearer") headers.set("Authorization", "Bearer " + fill(auth.bearer[0].value));
  let body;
  if (request.body?.mode === "raw") body = fill(request.body.raw);
  if (request.body?.mode === "urlencoded") body = new URLSearchParams(sent(request.body.urlencoded).map((f) => [f.key, fill(f.value)]));
  return [url, { method: request.method, headers, body, redirect: "manual" }];
}

// run runs a request with its scripts, and returns the name of the one that it
// wants next and what failed.
async function run(item) {
  const [url, options] = prepare(item);
  const res = await fetch(url, options);
  const text = await res.text();
  const faults = [];
  let next;
  const pm = {
    info: { requestName: item.name },
    request: { url: { getPath: () => url.pathname } },
    response: { code: res.status, headers: res.headers, json: () => JSON.parse(text), to: { have: { status: (s) => expectation(res.status).to.eql(s) } } },
    collectionVariables: { get: (name) => values.get(name), set: (name, value) => values.set(name, String(value)) },
    execution: { setNextRequest: (name) => (next = name) },
    expect: expectation,
    test: (what, check) => {
      checks++;
      try {
        check();
      } catch (e) {
        faults.push(`${what}: ${e.message}: ${text.slice(0, 300)}`);
      }
    },
  };
  const waits = [];
  const later = (fn, ms) => waits.push(new Promise((done) => setTimeout(() => done(fn()), ms)));
  for (const e of [...collection.event, ...(item.event || [])]) new Function("pm", "setTimeout", e.script.exec.join("\n"))(pm, later);
  await Promise.all(waits);
  return [next, faults, res.status];
}

const items = collection.item.flatMap((folder) => folder.item.map((i) => ({ ...i, folder: folder.name })));
const names = items.map((i) => i.name);
let checks = 0;
let bad = 0;
for (const name of names) if (names.indexOf(name) !== names.lastIndexOf(name)) console.log(`two are called ${name}`, ++bad);
for (let i = 0; i < items.length; i++) {
  const before = checks;
  const [next, faults, status] = await run(items[i]);
  if (checks === before && next === undefined) faults.push("no check was made");
  for (const f of faults) console.log(`${items[i].folder} / ${items[i].name}: ${status}: ${f}`, ++bad);
  if (next !== undefined) i = names.indexOf(next) - 1;
}
console.log(`${items.length} requests, ${checks} checks, ${bad} failed`);
process.exit(bad ? 1 : 0);
