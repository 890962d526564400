<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/**
 * Lets webhooks reach Stoa where WordPress would refuse: on a port other than 80, 443 and 8080, or on this very machine.
 * Only addresses of the connected Stoa are let through.
 */
final class ReachStoa
{
    public static function register(): void
    {
        add_filter('http_allowed_safe_ports', [self::class, 'allow_port'], 10, 3);
        add_filter('http_request_host_is_external', [self::class, 'allow_host'], 10, 3);
    }

    /**
     * @param int[]  $ports
     * @param string $host
     * @param string $url
     * @return int[]
     */
    public static function allow_port($ports, $host, $url)
    {
        $port = self::is_for_stoa($url) ? wp_parse_url($url, PHP_URL_PORT) : null;
        return is_int($port) && is_array($ports) ? array_merge($ports, [$port]) : $ports;
    }

    /**
     * @param bool   $is_external
     * @param string $host
     * @param string $url
     * @return bool
     */
    public static function allow_host($is_external, $host, $url)
    {
        return $is_external || (Address::is_this_machine(strtolower((string) $host)) && self::is_for_stoa($url));
    }

    /** @param mixed $url */
    private static function is_for_stoa($url): bool
    {
        $connection = Connection::load();
        return $connection !== null && is_string($url) && strpos($url, $connection->address . '/') === 0;
    }
}
