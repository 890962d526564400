<?php

namespace Stoa\Courses\Tests;

use Stoa\Courses\AccountTab;
use Stoa\Courses\Connection;
use Stoa\Courses\ReachStoa;
use Stoa\Courses\Webhooks;

const PLUGIN = __DIR__ . '/../stoa-courses';

/** Returns the texts in the source that a translator sees. */
function texts_in_source(): array
{
    $texts = [];
    foreach (glob(PLUGIN . '/{,src/}*.php', GLOB_BRACE) as $file) {
        $tokens = array_values(array_filter(token_get_all(file_get_contents($file)), static function ($token): bool {
            return !is_array($token) || !in_array($token[0], [T_WHITESPACE, T_COMMENT], true);
        }));
        foreach ($tokens as $place => $token) {
            if (!is_array($token) || $token[0] !== T_STRING || !in_array($token[1], ['__', 'esc_html__', 'esc_html_e'], true)) {
                continue;
            }
            // Only whole texts can be collected, and only those of our own domain are found again.
            same(T_CONSTANT_ENCAPSED_STRING, $tokens[$place + 2][0]);
            same("'stoa-courses'", $tokens[$place + 4][1]);
            $texts[] = substr($tokens[$place + 2][1], 1, -1);
        }
    }
    sort($texts);
    return array_values(array_unique($texts));
}

return [
    'the plugin declares that it works with orders in tables of their own' => static function () {
        Shop::fire('before_woocommerce_init');
        same(['custom_order_tables' => true, 'cart_checkout_blocks' => true], Shop::$compatible);
    },
    'everything is tied where WooCommerce looks for it' => static function () {
        Shop::fire('plugins_loaded');
        Shop::fire('init');
        same('stoa-courses', Shop::$options['text domain']);
        same(['downloads' => 'downloads', 'my-courses' => 'my-courses'], Shop::fire('woocommerce_get_query_vars', ['downloads' => 'downloads']));
        same('My Courses', Shop::fire('woocommerce_endpoint_my-courses_title', '', 'my-courses', ''));
        same(1, count(Shop::fire('woocommerce_get_settings_pages', [])));
        foreach (['woocommerce_account_my-courses_endpoint', 'wc_ajax_stoa_courses_token', 'wc_ajax_stoa_courses_open', 'admin_notices',
            'woocommerce_after_settings_stoa', 'admin_post_stoa_courses_set_up_webhooks', 'woocommerce_settings_save_stoa'] as $hook) {
            same(1, count(Shop::$hooks[$hook] ?? []));
        }
        holds('tab=stoa', Shop::fire('plugin_action_links_stoa-courses/stoa-courses.php', [])[0]);
    },
    'switching on makes the address of the tab, switching off forgets it' => static function () {
        Shop::fire('activate');
        same(['my-courses', EP_ROOT | EP_PAGES], Shop::$options['endpoint']);
        same(true, Shop::$options['flushed']);
        Shop::$options['rewrite_rules'] = ['…'];
        Shop::fire('deactivate');
        same(false, get_option('rewrite_rules'));
    },
    'the tab stands behind the downloads, else before the exit, and only in a connected shop' => static function () {
        $menu = ['dashboard' => 'Dashboard', 'downloads' => 'Downloads', 'customer-logout' => 'Log out'];
        same($menu, AccountTab::add_menu_item($menu));
        connection()->save();
        same(['dashboard', 'downloads', 'my-courses', 'customer-logout'], array_keys(AccountTab::add_menu_item($menu)));
        unset($menu['downloads']);
        same(['dashboard', 'my-courses', 'customer-logout'], array_keys(AccountTab::add_menu_item($menu)));
        unset($menu['customer-logout']);
        same(['dashboard', 'my-courses'], array_keys(AccountTab::add_menu_item($menu)));
    },
    'WordPress lets webhooks through to Stoa, and to nothing else' => static function () {
        same([80], ReachStoa::allow_port([80], 'localhost', 'http://localhost:9090/webhooks/my-shop'));
        connection('my-shop', 'http://localhost:9090')->save();
        same([80, 9090], ReachStoa::allow_port([80], 'localhost', 'http://localhost:9090/webhooks/my-shop'));
        same([80], ReachStoa::allow_port([80], 'localhost', 'http://localhost:9091/webhooks/my-shop'));
        same(true, ReachStoa::allow_host(false, 'localhost', 'http://localhost:9090/webhooks/my-shop'));
        same(false, ReachStoa::allow_host(false, 'localhost', 'http://localhost:3306/'));
        same(false, ReachStoa::allow_host(false, 'localhost', 'http://localhost:9090.evil.example/'));
        connection('my-shop', 'https://10.0.0.1')->save();
        same(false, ReachStoa::allow_host(false, '10.0.0.1', 'https://10.0.0.1/webhooks/my-shop'));
        same(true, ReachStoa::allow_host(true, '10.0.0.1', 'https://elsewhere.example.com/'));
    },
    'deleting the plugin removes its webhooks and options' => static function () {
        connection()->save();
        Webhooks::set_up(connection(), 1);
        Shop::$options['of others'] = 1;
        define('WP_UNINSTALL_PLUGIN', 'stoa-courses/stoa-courses.php');
        require PLUGIN . '/uninstall.php';
        same([], Shop::$webhooks);
        same(['of others' => 1], Shop::$options);
        same(null, Connection::load());
    },
    'the template for translators has every text, and no other' => static function () {
        preg_match_all('~^msgid "(.+)"$~m', file_get_contents(PLUGIN . '/languages/stoa-courses.pot'), $found);
        $texts = array_map('stripcslashes', $found[1]);
        sort($texts);
        same(texts_in_source(), $texts);
    },
    'the versions in the header and in the readme agree' => static function () {
        preg_match('~Version: (\S+)~', file_get_contents(PLUGIN . '/stoa-courses.php'), $header);
        preg_match('~Stable tag: (\S+)~', file_get_contents(PLUGIN . '/readme.txt'), $readme);
        same($header[1], $readme[1]);
    },
    'no file can be called by itself' => static function () {
        foreach (glob(PLUGIN . '/{,src/}*.php', GLOB_BRACE) as $file) {
            holds("if (!defined('" . (basename($file) === 'uninstall.php' ? 'WP_UNINSTALL_PLUGIN' : 'ABSPATH') . "')) {", file_get_contents($file));
        }
    },
];
