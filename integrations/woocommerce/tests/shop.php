<?php
/**
 * What several tests need: a connected shop and its code.
 */

namespace Stoa\Courses\Tests;

use Stoa\Courses\Connection;

const ADDRESS = 'https://courses.example.com';
const WEBHOOK_SECRET = 'whsec-0123456789abcdef0123456789';
const HANDOFF_SECRET = 'stoa_hs_0123456789abcdefghijABCDEFGHIJ0123456789-_X';

function connection(string $store = 'my-shop', string $address = ADDRESS): Connection
{
    return new Connection($address, $store, WEBHOOK_SECRET, HANDOFF_SECRET);
}

/** Returns a connection code, with some parts of it changed. */
function code(array $changes = []): string
{
    $parts = array_filter(array_merge([
        'v' => 1,
        'address' => ADDRESS,
        'store' => 'my-shop',
        'webhook_secret' => WEBHOOK_SECRET,
        'handoff_secret' => HANDOFF_SECRET,
    ], $changes), static function ($part): bool {
        return $part !== null;
    });
    return rtrim(strtr(base64_encode(json_encode($parts)), '+/', '-_'), '=');
}

/** Returns the claims of a token that another program, written in another language, finds right. */
function verified(string $token, array $changes = []): array
{
    $question = array_merge(
        ['token' => $token, 'secret' => HANDOFF_SECRET, 'store' => 'my-shop', 'audience' => ADDRESS],
        $changes
    );
    $command = 'node ' . escapeshellarg(dirname(__DIR__, 2) . '/testing/verify-token.mjs') . ' ' . escapeshellarg(json_encode($question));
    exec($command . ' 2>&1', $lines, $status);
    if ($status !== 0) {
        throw new Failed('the token is not right: ' . implode("\n", $lines));
    }
    return json_decode(implode('', $lines), true);
}

/** Returns why something was refused. */
function refusal(callable $what): string
{
    try {
        $what();
    } catch (\Stoa\Courses\Refused $refused) {
        return $refused->getMessage();
    }
    throw new Failed('it was not refused');
}
