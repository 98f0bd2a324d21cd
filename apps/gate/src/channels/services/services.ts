/** The services by their names in the policy. */
import type { ChannelService } from "@nightgate/shared/policy";
import type { Service, ServiceTools } from "../service.ts";
import { createDiscord } from "./discord.ts";
import { createEmail } from "./email.ts";
import { createSlack } from "./slack.ts";
import { createTelegram } from "./telegram.ts";
import { createWebhook } from "./webhook.ts";

export function createServices(tools: ServiceTools): Record<ChannelService, Service> {
  return {
    telegram: createTelegram(tools),
    slack: createSlack(tools),
    discord: createDiscord(tools),
    webhook: createWebhook(tools),
    email: createEmail(tools),
  };
}
