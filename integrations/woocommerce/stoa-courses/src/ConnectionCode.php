<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/**
 * Reads the connection code that `stoa store add` prints: base64url, without padding, of
 * {"v":1,"address":…,"store":…,"webhook_secret":…,"handoff_secret":…}.
 */
final class ConnectionCode
{
    private const LONGEST = 4096;

    /** @throws Refused when the code is cut off, of another version, or holds something that is not well formed. */
    public static function parse(string $code): Connection
    {
        // A terminal may have broken the line.
        $code = preg_replace('~\s+~', '', $code);
        $parts = is_string($code) && strlen($code) <= self::LONGEST ? self::decode($code) : null;
        if (!is_array($parts)) {
            throw new Refused(__('This is not a connection code. Copy the whole line that “stoa store add” printed.', 'stoa-courses'));
        }
        if (($parts['v'] ?? null) !== 1) {
            throw new Refused(__('This connection code is of another version. Please update the plugin or Stoa.', 'stoa-courses'));
        }
        foreach (['address', 'store', 'webhook_secret', 'handoff_secret'] as $name) {
            if (!isset($parts[$name]) || !is_string($parts[$name])) {
                throw new Refused(__('The connection code is incomplete. Copy the whole line that “stoa store add” printed.', 'stoa-courses'));
            }
        }
        return Connection::checked($parts['address'], $parts['store'], $parts['webhook_secret'], $parts['handoff_secret']);
    }

    /** @return mixed What the code's JSON says; null when it is none. */
    private static function decode(string $code)
    {
        if (!preg_match('~\A[A-Za-z0-9_-]+\z~', $code)) {
            return null;
        }
        $json = base64_decode(strtr($code, '-_', '+/'), true);
        return $json === false ? null : json_decode($json, true, 4);
    }
}
