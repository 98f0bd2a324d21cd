import { expect, test } from "vitest";
import { readMessages, standing } from "./conversation.ts";
import { nextReply } from "./scripts.ts";

type Message = {
  role: string;
  content: string | { type: string; text?: string; content?: unknown; is_error?: boolean }[];
};

function reply(...messages: Message[]): ReturnType<typeof nextReply> {
  return nextReply(standing(readMessages({ model: "scripted", messages })));
}

test("a fresh task starts with a look at the repository", () => {
  expect(reply({ role: "user", content: "Show prices with a currency" }).tool?.input["command"]).toContain(
    "git log",
  );
});

test("what a client adds to a prompt by itself is no prompt", () => {
  const messages: Message[] = [
    {
      role: "user",
      content: [
        { type: "text", text: "<system-reminder>keep going</system-reminder>" },
        { type: "text", text: "Only locally, please" },
      ],
    },
  ];
  expect(reply(...messages).text).toContain("I write a file");
});

test("the next step follows a tool's answer, and the last one names the hold that git was told", () => {
  const messages: Message[] = [{ role: "user", content: "Show prices" }];
  for (let step = 0; step < 5; step += 1) {
    messages.push(
      { role: "assistant", content: [{ type: "tool_use" }] },
      { role: "user", content: [{ type: "tool_result", content: "held as H-7K2M9QXA, NOT pushed yet" }] },
    );
  }
  const last = reply(...messages);
  expect(last.tool).toBeUndefined();
  expect(last.text).toContain("H-7K2M9QXA");
});

test("a rejection is the next prompt: its words are taken up and the push is made anew", () => {
  const messages: Message[] = [
    { role: "user", content: "Show prices" },
    { role: "assistant", content: "held" },
    {
      role: "user",
      content: "H-7K2M9QXA was rejected by Ada: use cents. Change what is asked and push again.",
    },
  ];
  expect(reply(...messages).tool?.input["command"]).toContain("use cents");
  messages.push(
    { role: "assistant", content: "" },
    { role: "user", content: [{ type: "tool_result", content: "ok" }] },
  );
  expect(reply(...messages).tool?.input["command"]).toBe("git push origin HEAD:main");
});

test("a command that fails ends the script with what it said, never with a claim of success", () => {
  const failed = { type: "tool_result", content: "Exit code 128", is_error: true };
  const last = reply(
    { role: "user", content: "Show prices" },
    { role: "assistant", content: [{ type: "tool_use" }] },
    { role: "user", content: [failed] },
  );
  expect(last.text).toContain("Exit code 128");
  expect(last.tool).toBeUndefined();
});

test("a worker of a chain has nothing to report, whatever its prompt says", () => {
  const content =
    "Add a note.\n\nYou are the job `review` of the chain overnight-chain, for the fire of mon.";
  expect(reply({ role: "user", content })).toEqual({
    text: expect.stringContaining("nothing to report") as string,
  });
});

test("a conversation is named without a hand on the repository", () => {
  const content =
    "Your task is to generate a very short title for a conversation based on the user's first message.\n\nAdd a note.";
  expect(reply({ role: "user", content })).toEqual({ text: "Rehearsal" });
});
