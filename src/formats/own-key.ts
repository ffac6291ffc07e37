/** Sets a key as the object's own, whatever it is called: an assignment to `__proto__` would change the prototype. */
export function setOwnKey(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
