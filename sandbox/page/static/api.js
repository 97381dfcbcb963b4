// The control API of the sandbox.

export async function get(path) {
  return read(await fetch(path));
}

export function post(path, body) {
  return send('POST', path, body);
}

export function patch(path, body) {
  return send('PATCH', path, body);
}

async function send(method, path, body) {
  const headers = { 'content-type': 'application/json' };
  return read(await fetch(path, { method, headers, body: JSON.stringify(body) }));
}

async function read(answer) {
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? `ответ ${answer.status}`);
  return body;
}
