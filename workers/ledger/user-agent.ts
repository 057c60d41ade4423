/** Browser and bot by the user agent string, named by libraries that are kept up with the browsers of the day. */
import Bowser from "bowser";
import { isbot } from "isbot";

export interface UserAgentVerdict {
  browser: string | null;
  bot: boolean;
}

/** A reader for one batch: clicks of a moment share few user agents, so each is looked at once. */
export function createUserAgentReader(): (userAgent: string) => UserAgentVerdict {
  const verdicts = new Map<string, UserAgentVerdict>();
  return (userAgent) => {
    const known = verdicts.get(userAgent);
    if (known) return known;
    const verdict = { browser: browserOf(userAgent), bot: isbot(userAgent) };
    verdicts.set(userAgent, verdict);
    return verdict;
  };
}

/** The library throws for an empty text, and gives an empty name for what it does not know. */
function browserOf(userAgent: string): string | null {
  return (userAgent.trim() === "" ? "" : Bowser.getParser(userAgent).getBrowserName()) || null;
}
