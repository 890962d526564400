// Answers, by Stripe's official library, a JSON list of questions from standard input with a JSON list. A question has a
// secret, at (seconds) and body; with `header` it asks whether that header verifies at that moment, without it asks for the header.
import { text } from "node:stream/consumers";
import Stripe from "stripe";

const { webhooks } = new Stripe("sk_test_unused");

const verifies = ({ secret, at, body, header }) => {
  try {
    webhooks.constructEvent(body, header, secret, 300, undefined, at * 1000);
    return true;
  } catch {
    return false;
  }
};

const signs = ({ secret, at, body }) => webhooks.generateTestHeaderString({ payload: body, secret, timestamp: at });

const questions = JSON.parse(await text(process.stdin));
const answers = questions.map((question) => (question.header === undefined ? signs(question) : verifies(question)));
process.stdout.write(JSON.stringify(answers));
