export declare function payloadOf(number: number): Buffer;
