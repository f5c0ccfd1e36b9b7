/** Whether the browser was told to save data: what is heavy is then loaded only when somebody asks for it. */
interface Connection {
  saveData?: boolean;
}

export function savesData(): boolean {
  const connection = (navigator as Navigator & { connection?: Connection }).connection;
  return connection?.saveData === true;
}
