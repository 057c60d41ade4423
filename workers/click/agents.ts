/** User agents that an isolate has met: visitors of a moment share few of them, and reading one takes longer than finding it again. */
import { classifyDevice, type DeviceVerdict } from "../core/click/device.ts";
import { isPreviewer } from "../core/click/provisional.ts";
import { keepLatest } from "../core/keep-latest.ts";

/** What a user agent string says. */
export interface Agent extends DeviceVerdict {
  previewer: boolean;
}

const MAX_KNOWN = 1_000;

/** A reader that has met none. */
export function createAgentReader(): (userAgent: string) => Agent {
  const known = new Map<string, Agent>();
  return (userAgent) => {
    const met = known.get(userAgent);
    if (met) return met;
    const agent = { ...classifyDevice(userAgent), previewer: isPreviewer(userAgent) };
    // Made-up ones may push out real ones: those are read again.
    keepLatest(known, userAgent, agent, MAX_KNOWN);
    return agent;
  };
}
