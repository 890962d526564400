// Answers, by the official Standard Webhooks library, a JSON list of questions from standard input with a JSON list.
// A question has a secret, id, at (seconds) and body; with `headers` it asks whether they verify at that moment, without
// it asks for the signature.
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

const verifies = ({ secret, at, body, headers }) => {
  Date.now = () => at * 1000;
  try {
    new Webhook(secret).verify(body, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
};

const signs = ({ secret, id, at, body }) => new Webhook(secret).sign(id, new Date(at * 1000), body);

const questions = JSON.parse(await text(process.stdin));
const answers = questions.map((question) => (question.headers ? verifies(question) : signs(question)));
process.stdout.write(JSON.stringify(answers));
