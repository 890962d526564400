<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** The tab *My Courses* in My Account. WooCommerce makes the address from its query vars, with every permalink setting. */
final class AccountTab
{
    public const ENDPOINT = 'my-courses';

    public static function register(): void
    {
        add_filter('woocommerce_get_query_vars', [self::class, 'add_query_var']);
        add_filter('woocommerce_account_menu_items', [self::class, 'add_menu_item']);
        add_filter('woocommerce_endpoint_' . self::ENDPOINT . '_title', [self::class, 'title']);
        add_action('woocommerce_account_' . self::ENDPOINT . '_endpoint', [self::class, 'show']);
    }

    public static function url(): string
    {
        return wc_get_account_endpoint_url(self::ENDPOINT);
    }

    /** Runs when the plugin is switched on, after the moment when WooCommerce makes its own addresses. */
    public static function add_address_of_tab(): void
    {
        add_rewrite_endpoint(self::ENDPOINT, EP_ROOT | EP_PAGES);
        flush_rewrite_rules();
    }

    /** Runs when the plugin is switched off: WordPress makes its addresses anew with the next page, without ours. */
    public static function forget_addresses(): void
    {
        delete_option('rewrite_rules');
    }

    /**
     * @param array<string, string> $vars
     * @return array<string, string>
     */
    public static function add_query_var($vars)
    {
        $vars[self::ENDPOINT] = self::ENDPOINT;
        return $vars;
    }

    /**
     * Puts the tab behind *Downloads*, or last before *Logout*. A shop that is not connected has none.
     *
     * @param array<string, string> $items
     * @return array<string, string>
     */
    public static function add_menu_item($items)
    {
        if (Connection::load() === null) {
            return $items;
        }
        $names = array_keys($items);
        $downloads = array_search('downloads', $names, true);
        $logout = array_search('customer-logout', $names, true);
        $place = count($items);
        if ($downloads !== false) {
            $place = $downloads + 1;
        } elseif ($logout !== false) {
            $place = $logout;
        }
        return array_slice($items, 0, $place, true)
            + [self::ENDPOINT => self::title()]
            + array_slice($items, $place, null, true);
    }

    public static function title(): string
    {
        return __('My Courses', 'stoa-courses');
    }

    /** Prints the embed. What stands inside it is seen until its script has run, and for ever where it may not. */
    public static function show(): void
    {
        $connection = Connection::load();
        if ($connection === null) {
            echo '<p>' . esc_html__('The courses of this shop are not set up yet.', 'stoa-courses') . '</p>';
            return;
        }
        ?>
<stoa-library stoa="<?php echo esc_url($connection->address); ?>" store="<?php echo esc_attr($connection->store); ?>" token-url="<?php echo esc_url(HandOff::token_url()); ?>">
<form method="post" action="<?php echo esc_url(HandOff::open_url()); ?>">
        <?php wp_nonce_field(HandOff::NONCE, '_wpnonce', false); ?>
<p><?php esc_html_e('Your video courses and downloads are one click away.', 'stoa-courses'); ?></p>
<button type="submit" class="button"><?php esc_html_e('Open my courses', 'stoa-courses'); ?></button>
</form>
</stoa-library>
        <?php
        wp_print_script_tag(['type' => 'module', 'src' => esc_url($connection->address . '/embed/v1.js')]);
    }
}
