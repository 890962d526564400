<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** Ties the parts to WordPress. Without WooCommerce nothing is tied. */
final class Plugin
{
    /** @var string Path of the plugin's main file. */
    private static $file = '';

    public static function start(string $file): void
    {
        self::$file = $file;
        add_action('before_woocommerce_init', [self::class, 'declare_compatibility']);
        add_action('plugins_loaded', [self::class, 'register']);
        add_action('init', [self::class, 'load_translations']);
    }

    /** Says that the plugin works with orders in tables of their own (HPOS) and with the block checkout: it touches neither. */
    public static function declare_compatibility(): void
    {
        if (class_exists(\Automattic\WooCommerce\Utilities\FeaturesUtil::class)) {
            foreach (['custom_order_tables', 'cart_checkout_blocks'] as $feature) {
                \Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility($feature, self::$file, true);
            }
        }
    }

    public static function register(): void
    {
        if (!class_exists('WooCommerce')) {
            return;
        }
        ReachStoa::register();
        HandOff::register();
        AccountTab::register();
        if (is_admin()) {
            add_filter('woocommerce_get_settings_pages', [self::class, 'add_settings_page']);
            add_filter('plugin_action_links_' . plugin_basename(self::$file), [self::class, 'add_settings_link']);
            WebhookPanel::register();
            WebhookWarning::register();
        }
    }

    public static function load_translations(): void
    {
        load_plugin_textdomain('stoa-courses', false, dirname(plugin_basename(self::$file)) . '/languages');
    }

    /**
     * @param array<int, object> $pages
     * @return array<int, object>
     */
    public static function add_settings_page($pages)
    {
        require_once __DIR__ . '/SettingsPage.php';
        $pages[] = new SettingsPage();
        return $pages;
    }

    /**
     * @param array<int|string, string> $links
     * @return array<int|string, string>
     */
    public static function add_settings_link($links)
    {
        $link = '<a href="' . esc_url(SettingsForm::url()) . '">' . esc_html__('Settings', 'stoa-courses') . '</a>';
        return array_merge([$link], $links);
    }
}
