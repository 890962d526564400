// Makes and reads tokens with jose, the JavaScript library for them: answers a JSON list of questions from standard input
// with a JSON list. A question with `token` asks who is named by a token of ours at that moment; one with `claims` asks
// for a token, by a secret or by a new P-256 key, whose public half comes with it.
import { text } from "node:stream/consumers";
import { exportJWK, exportSPKI, generateKeyPair, jwtVerify, SignJWT } from "jose";

const bytes = (secret) => new TextEncoder().encode(secret);

const reads = async ({ token, secret, issuer, audience, at }) => {
  const options = { issuer, audience, algorithms: ["HS256"], maxTokenAge: 60, currentDate: new Date(at * 1000) };
  const { payload } = await jwtVerify(token, bytes(secret), options);
  return payload;
};

const sign = (claims, algorithm, key) =>
  new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ: "JWT" }).sign(key);

const makes = async ({ claims, secret }) => {
  if (secret) return { token: await sign(claims, "HS256", bytes(secret)) };
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  return {
    token: await sign(claims, "ES256", privateKey),
    jwk: await exportJWK(publicKey),
    pem: await exportSPKI(publicKey),
  };
};

const questions = JSON.parse(await text(process.stdin));
const answers = await Promise.all(questions.map((question) => (question.token ? reads(question) : makes(question))));
process.stdout.write(JSON.stringify(answers));
