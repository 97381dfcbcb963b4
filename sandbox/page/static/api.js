// The control API of the sandbox.

export async function get(path) {
  return read(await fetch(path));
}

export async function post(path, body) {
  const headers = { 'content-type': 'application/json' };
  return read(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

async function read(answer) {
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? `ответ ${answer.status}`);
  return body;
}
