/** What lies where in the bucket. Below `log/` everybody may read; minutes name advertisers, and are the operator's. */

/** The newest checkpoint. */
export const CHECKPOINT = "log/checkpoint";
export const checkpointName = (number: number): string => `log/checkpoints/${number}`;
/** Of a path as `tilePath` writes it. */
export const tileName = (path: string): string => `log/${path}`;
export const minuteName = (number: number): string => `minutes/${number}.json`;
