declare const unit: unique symbol;
/** A number that remembers its unit: a plain literal fits, another unit does not. */
type Unit<U extends string> = number & { readonly [unit]?: U };
export type Seconds = Unit<"s">;
export type Joules = Unit<"J">;
export type Bytes = Unit<"B">;
