// Answers a batch of questions, read as one JSON array from standard input: signs with the AWS
// SDK's own signer, and checks our signatures with Node's cryptography and nothing of ours.
import { createVerify } from "node:crypto";
import { readFileSync } from "node:fs";
import { getSignedCookies, getSignedUrl } from "@aws-sdk/cloudfront-signer";

const CONDITIONS = { DateLessThan: "expires", DateGreaterThan: "starts" };

function policyText({ resource, expires, starts, address }) {
  const condition = {};
  const times = { expires, starts };
  for (const [name, time] of Object.entries(CONDITIONS)) {
    if (times[time] !== null) condition[name] = { "AWS:EpochTime": times[time] };
  }
  if (address !== null) condition.IpAddress = { "AWS:SourceIp": address };
  return JSON.stringify({ Statement: [{ Resource: resource, Condition: condition }] });
}

function decode(text) {
  const standard = { "-": "+", "_": "=", "~": "/" };
  return Buffer.from(text.replace(/[-_~]/g, (letter) => standard[letter]), "base64");
}

function isSigned(text, { signature, publicKey, hash }) {
  return createVerify(hash).update(text).verify(publicKey, decode(signature));
}

function parameters(url) {
  return Object.fromEntries(
    url
      .slice(url.indexOf("?") + 1)
      .split("&")
      .map((piece) => [piece.slice(0, piece.indexOf("=")), piece.slice(piece.indexOf("=") + 1)]),
  );
}

const answers = {
  signUrl: ({ arguments: given }) => getSignedUrl(given),
  signCookies: ({ arguments: given }) => getSignedCookies(given),
  /** Builds the policy again from what was meant, and checks that this text was signed. */
  check: ({ values, meant, publicKey, isCanned }) => {
    const text = policyText(meant);
    const isPromised = isCanned
      ? values.Expires === String(meant.expires) && values.Policy === undefined
      : decode(values.Policy).toString() === text && values.Expires === undefined;
    const isSha256 = values["Hash-Algorithm"] === "SHA256";
    return (
      isPromised && isSha256 && isSigned(text, { signature: values.Signature, publicKey, hash: "SHA256" })
    );
  },
};

const questions = JSON.parse(readFileSync(0, "utf8"));
const replies = questions.map((question) => {
  const values = question.url ? parameters(question.url) : question.values;
  return answers[question.ask]({ ...question, values });
});
process.stdout.write(JSON.stringify(replies));
