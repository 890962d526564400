<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** Warns the shop's staff while a webhook is off: orders are then not told to Stoa, and nothing else shows it. */
final class WebhookWarning
{
    public static function register(): void
    {
        add_action('admin_notices', [self::class, 'show']);
    }

    public static function show(): void
    {
        $connection = current_user_can('manage_woocommerce') && self::is_fitting_screen() ? Connection::load() : null;
        if ($connection === null) {
            return;
        }
        $wrong = array_filter(array_column(Webhooks::states($connection), 'problem'));
        if ($wrong === []) {
            return;
        }
        echo '<div class="notice notice-warning"><p>';
        echo esc_html__('Stoa does not hear about all orders: a webhook of this shop is missing, off or wrong.', 'stoa-courses') . ' ';
        echo '<a href="' . esc_url(SettingsForm::url()) . '">' . esc_html__('See and repair', 'stoa-courses') . '</a>';
        echo '</p></div>';
    }

    /** The dashboard, the plugins and WooCommerce's own screens. */
    private static function is_fitting_screen(): bool
    {
        $screen = get_current_screen();
        return $screen !== null
            && (in_array($screen->id, ['dashboard', 'plugins'], true)
                || strpos($screen->id, 'woocommerce') !== false
                || strpos($screen->id, 'shop_order') !== false);
    }
}
