/** The overview. */
import { accept } from "../../core/result.ts";
import { EVERYONE } from "../call.ts";
import type { Page } from "./page.tsx";
import { Head } from "./parts/section.tsx";

export const overviewPage: Page = {
  path: "/",
  roles: EVERYONE,
  show: async () => accept({ title: "Overview", body: <Head title="Overview" /> }),
};
