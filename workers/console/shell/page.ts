/** One page of the console: where it is, who may look at it, what it shows and what its forms do. */
import type { Child } from "hono/jsx";
import type { Result } from "../../core/result.ts";
import type { Role } from "../../core/roles.ts";
import type { Env } from "../env.ts";
import type { Problem } from "../web/problem.ts";
import type { User } from "../web/user.ts";
import type { AssetName } from "./assets.ts";

/** A look at a page by somebody who may look. */
export interface Look {
  env: Env;
  user: User;
  nowMs: number;
  /** The address, with its query. */
  url: URL;
  /** The path's one parameter; empty where it has none. */
  key: string;
  request: Request;
}

/** A form that was sent from one of our own pages. */
export interface Submission extends Look {
  form: URLSearchParams;
}

/** A form with a file, sent from one of our own pages. */
export interface Upload extends Submission {
  file: Uint8Array;
}

export interface PageView {
  title: string;
  body: Child;
  scripts?: readonly AssetName[];
  styles?: readonly AssetName[];
  /** 200 unless said. */
  status?: number;
}

/** Part of a page, which a script of ours puts into it. */
export interface PagePart {
  part: Child;
}

/** What an address answers. */
export type PageAnswer = PageView | PagePart | Response;

export interface Page {
  /** With at most one parameter: `/offers/:slug`. */
  path: string;
  roles: readonly Role[];
  show(look: Look): Promise<Result<PageAnswer, Problem>>;
  /** What a form does: another view of the page, or where to go now. */
  act?(submission: Submission): Promise<Result<PageAnswer, Problem>>;
  /** The same, of a form with a file. */
  upload?(upload: Upload): Promise<Result<PageAnswer, Problem>>;
  /** Who may send the form; those who may look, unless said. */
  actors?: readonly Role[];
}
