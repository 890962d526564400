<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** Reads the address of a Stoa server: an origin such as https://courses.example.com, without path and closing slash. */
final class Address
{
    /**
     * Returns the origin as browsers write it: lower case, without a default port.
     *
     * @throws Refused when it is not an origin, or neither https nor on this very machine.
     */
    public static function parse(string $text): string
    {
        $pattern = '~\A(https?)://(\[::1\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::([0-9]{1,5}))?/?\z~';
        if (strlen($text) > 255 || !preg_match($pattern, strtolower(trim($text)), $parts)) {
            throw new Refused(__('The address must look like https://courses.example.com, without anything behind it.', 'stoa-courses'));
        }
        [, $scheme, $host] = $parts;
        $port = isset($parts[3]) ? (int) $parts[3] : null;
        if ($port !== null && ($port < 1 || $port > 65535)) {
            throw new Refused(__('The port in the address must be between 1 and 65535.', 'stoa-courses'));
        }
        if ($scheme === 'http' && !self::is_this_machine($host)) {
            throw new Refused(__('The address must begin with https://, because customers sign in there.', 'stoa-courses'));
        }
        $default = $scheme === 'https' ? 443 : 80;
        return $scheme . '://' . $host . ($port === null || $port === $default ? '' : ':' . $port);
    }

    /** Whether the host can only be the machine that asks: http is safe there. */
    public static function is_this_machine(string $host): bool
    {
        return $host === 'localhost' || $host === '[::1]' || preg_match('~\A127(\.[0-9]{1,3}){3}\z~', $host) === 1;
    }
}
