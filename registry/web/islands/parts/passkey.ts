/** A form that makes or uses a passkey: asks the registry for a challenge, the authenticator for an answer, and sends it. */

interface Descriptor {
  id: string;
  type: PublicKeyCredentialType;
}

interface Options {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  excludeCredentials?: Descriptor[];
  allowCredentials?: Descriptor[];
  [name: string]: unknown;
}

function bytes(text: string): ArrayBuffer {
  const padded = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(padded), (sign) => sign.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer): string {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The same options with binary values where the registry wrote base64url. */
function decoded(options: Options): unknown {
  const listed = (list?: Descriptor[]) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  return {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user ? { user: { ...options.user, id: bytes(options.user.id) } } : {}),
    ...(options.excludeCredentials ? { excludeCredentials: listed(options.excludeCredentials) } : {}),
    ...(options.allowCredentials ? { allowCredentials: listed(options.allowCredentials) } : {}),
  };
}

function encoded(credential: PublicKeyCredential): string {
  const given = credential.response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse;
  const response: Record<string, unknown> = { clientDataJSON: text(given.clientDataJSON) };
  if (given.attestationObject) {
    response.attestationObject = text(given.attestationObject);
    response.transports = given.getTransports();
  } else {
    response.authenticatorData = text(given.authenticatorData);
    response.signature = text(given.signature);
    if (given.userHandle) response.userHandle = text(given.userHandle);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function answer(form: HTMLFormElement): Promise<void> {
  const asked = await fetch(form.dataset.challenge ?? "", { method: "POST", headers: { Accept: "application/json" } });
  const told = await asked.json();
  if (!asked.ok) throw new Error(told.detail ?? "The registry gave no challenge.");
  const publicKey = decoded(told.options) as never;
  const made =
    form.dataset.ceremony === "create"
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
  if (!(made instanceof PublicKeyCredential)) throw new Error("The browser gave no passkey.");
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
  field("ticket").value = told.ticket;
  field("credential").value = encoded(made);
  form.submit();
}

export function mount(element: HTMLElement): void {
  if (!(element instanceof HTMLFormElement)) return;
  const told = element.querySelector<HTMLElement>("[data-told]");
  element.hidden = false;
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    if (told) told.hidden = true;
    answer(element).catch((error: Error) => {
      if (!told) return;
      told.textContent = error.name === "NotAllowedError" ? (element.dataset.refused ?? error.message) : error.message;
      told.hidden = false;
    });
  });
}
