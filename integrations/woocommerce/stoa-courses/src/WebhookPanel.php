<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** The table of webhooks below the settings, with the button that sets them up. */
final class WebhookPanel
{
    public const ACTION = 'stoa_courses_set_up_webhooks';
    private const MESSAGE = 'stoa_courses_message_';

    public static function register(): void
    {
        add_action('woocommerce_after_settings_' . SettingsForm::TAB, [self::class, 'show']);
        add_action('admin_post_' . self::ACTION, [self::class, 'answer']);
    }

    /** Answers the button. */
    public static function answer(): void
    {
        self::set_up();
        wp_safe_redirect(SettingsForm::url());
        exit;
    }

    /** Sets up the webhooks, for those who may manage the shop, and keeps what is to be said about it for the next page. */
    public static function set_up(): void
    {
        check_admin_referer(self::ACTION);
        if (!current_user_can('manage_woocommerce')) {
            wp_die(esc_html__('You may not manage this shop.', 'stoa-courses'), '', ['response' => 403]);
            return;
        }
        $connection = Connection::load();
        if ($connection !== null) {
            $report = Webhooks::set_up($connection, get_current_user_id());
            $message = ['fine' => $report->is_fine(), 'text' => $report->text()];
            set_transient(self::MESSAGE . get_current_user_id(), $message, MINUTE_IN_SECONDS);
        }
    }

    public static function show(): void
    {
        $connection = Connection::load();
        if ($connection === null || !current_user_can('manage_woocommerce')) {
            return;
        }
        ?>
<div class="wrap woocommerce">
<h2><?php esc_html_e('Webhooks', 'stoa-courses'); ?></h2>
        <?php self::show_message(); ?>
<p>
        <?php
        printf(
            /* translators: an address */
            esc_html__('WooCommerce tells Stoa about every order at %s.', 'stoa-courses'),
            '<code>' . esc_html($connection->delivery_url()) . '</code>'
        );
        ?>
</p>
<table class="widefat striped" style="max-width: 60em">
<thead><tr>
<th scope="col"><?php esc_html_e('Topic', 'stoa-courses'); ?></th>
<th scope="col"><?php esc_html_e('State', 'stoa-courses'); ?></th>
<th scope="col"><?php esc_html_e('Failures in a row', 'stoa-courses'); ?></th>
</tr></thead>
<tbody>
        <?php foreach (Webhooks::states($connection) as $topic => $state) : ?>
<tr>
<td><code><?php echo esc_html($topic); ?></code></td>
<td><?php echo esc_html(self::words($state['problem'])); ?></td>
<td><?php echo esc_html(number_format_i18n($state['failures'])); ?></td>
</tr>
        <?php endforeach; ?>
</tbody>
</table>
<form method="post" action="<?php echo esc_url(admin_url('admin-post.php')); ?>">
<input type="hidden" name="action" value="<?php echo esc_attr(self::ACTION); ?>">
        <?php wp_nonce_field(self::ACTION); ?>
<p><button type="submit" class="button"><?php esc_html_e('Set up webhooks', 'stoa-courses'); ?></button>
        <?php esc_html_e('Makes the missing ones, and repairs and switches on the others.', 'stoa-courses'); ?></p>
</form>
</div>
        <?php
    }

    private static function show_message(): void
    {
        $name = self::MESSAGE . get_current_user_id();
        $message = get_transient($name);
        if (is_array($message)) {
            delete_transient($name);
            $class = $message['fine'] ? 'notice-success' : 'notice-error';
            echo '<div class="notice inline ' . esc_attr($class) . '"><p>' . esc_html($message['text']) . '</p></div>';
        }
    }

    private static function words(?string $problem): string
    {
        switch ($problem) {
            case null:
                return __('Active', 'stoa-courses');
            case 'missing':
                return __('Missing', 'stoa-courses');
            case 'double':
                return __('There twice', 'stoa-courses');
            case 'disabled':
                return __('Disabled: WooCommerce has given up after several failures', 'stoa-courses');
            case 'paused':
                return __('Paused', 'stoa-courses');
            case 'address':
                return __('Goes to another address', 'stoa-courses');
            case 'secret':
                return __('Signs with another secret', 'stoa-courses');
            case 'version':
                return __('Uses another version of the API', 'stoa-courses');
            case 'user':
                return __('Belongs to a user who may not read orders', 'stoa-courses');
            default:
                return $problem;
        }
    }
}
