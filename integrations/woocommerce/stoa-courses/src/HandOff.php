<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/**
 * Hands the signed-in customer over to Stoa, by two addresses of the shop (WooCommerce's `?wc-ajax=`, which work with every
 * permalink setting): one gives the page's script a fresh token, the other is where the button leads when there is no script.
 */
final class HandOff
{
    public const TOKEN = 'stoa_courses_token';
    public const OPEN = 'stoa_courses_open';
    public const NONCE = 'stoa-courses-hand-off';

    public static function register(): void
    {
        add_action('wc_ajax_' . self::TOKEN, [self::class, 'answer_token']);
        add_action('wc_ajax_' . self::OPEN, [self::class, 'answer_open']);
    }

    /** Returns where the embed fetches a token; the address is good for the customer whom the page was made for. */
    public static function token_url(): string
    {
        return add_query_arg('_wpnonce', wp_create_nonce(self::NONCE), \WC_AJAX::get_endpoint(self::TOKEN));
    }

    /** Returns where the form without script is sent. */
    public static function open_url(): string
    {
        return \WC_AJAX::get_endpoint(self::OPEN);
    }

    /** Answers `{"token": …}`; 401 to somebody who is not signed in, 403 with an old nonce, 503 in a shop without connection. */
    public static function answer_token(): void
    {
        self::keep_nowhere();
        if (!is_user_logged_in()) {
            wp_send_json(['error' => 'signed_out'], 401);
            return;
        }
        if (!self::has_nonce($_GET)) {
            wp_send_json(['error' => 'page_too_old'], 403);
            return;
        }
        $connection = Connection::load();
        if ($connection === null) {
            wp_send_json(['error' => 'not_connected'], 503);
            return;
        }
        wp_send_json(['token' => self::mint($connection)], 200);
    }

    /** Answers a page that posts a fresh token to Stoa. Whoever may not have one is sent to My Courses, or its sign-in form. */
    public static function answer_open(): void
    {
        self::keep_nowhere();
        $connection = Connection::load();
        if (!is_user_logged_in() || !self::has_nonce($_POST) || $connection === null) {
            wp_safe_redirect(AccountTab::url());
            // Without a status of its own, which would undo the redirect.
            wp_die('', '', ['response' => null]);
            return;
        }
        header('Referrer-Policy: strict-origin');
        echo self::page($connection, self::mint($connection));
    }

    private static function mint(Connection $connection): string
    {
        $user = wp_get_current_user();
        $random = random_bytes(HandOffToken::RANDOM_BYTES);
        return HandOffToken::mint($connection, (int) $user->ID, (string) $user->user_email, time(), $random);
    }

    /** @param array<string, mixed> $fields */
    private static function has_nonce(array $fields): bool
    {
        $nonce = $fields['_wpnonce'] ?? '';
        return is_string($nonce) && wp_verify_nonce(sanitize_text_field(wp_unslash($nonce)), self::NONCE) !== false;
    }

    private static function keep_nowhere(): void
    {
        nocache_headers();
        header('Cache-Control: no-store, private');
    }

    private static function page(Connection $connection, string $token): string
    {
        ob_start();
        ?>
<!DOCTYPE html>
<html <?php language_attributes(); ?>>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><?php esc_html_e('My Courses', 'stoa-courses'); ?></title>
</head>
<body>
<form method="post" action="<?php echo esc_url($connection->address . '/sign-in/store'); ?>">
<input type="hidden" name="store" value="<?php echo esc_attr($connection->store); ?>">
<input type="hidden" name="token" value="<?php echo esc_attr($token); ?>">
<button type="submit"><?php esc_html_e('Open my courses', 'stoa-courses'); ?></button>
</form>
        <?php
        wp_print_inline_script_tag('document.forms[0].submit();');
        ?>
</body>
</html>
        <?php
        return (string) ob_get_clean();
    }
}
