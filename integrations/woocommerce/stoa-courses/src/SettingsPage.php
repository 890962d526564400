<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** The tab WooCommerce → Settings → Stoa. WooCommerce shows it to those who may manage the shop, and checks the form's nonce. */
final class SettingsPage extends \WC_Settings_Page
{
    public function __construct()
    {
        $this->id = SettingsForm::TAB;
        $this->label = __('Stoa', 'stoa-courses');
        parent::__construct();
    }

    /** @return array<int, array<string, mixed>> */
    protected function get_settings_for_default_section()
    {
        return SettingsForm::fields(Connection::load());
    }

    /** Saves all or nothing. A changed connection sets up the webhooks, so that pasting the code is all there is to do. */
    public function save()
    {
        check_admin_referer('woocommerce-settings');
        if (!current_user_can('manage_woocommerce')) {
            return;
        }
        $before = Connection::load();
        try {
            $connection = SettingsForm::read(wp_unslash($_POST), $before);
        } catch (Refused $refused) {
            \WC_Admin_Settings::add_error($refused->getMessage());
            return;
        }
        // By value: both are plain data.
        if ($connection == $before) {
            return;
        }
        $connection->save();
        $report = Webhooks::set_up($connection, get_current_user_id());
        if ($report->is_fine()) {
            \WC_Admin_Settings::add_message($report->text());
        } else {
            \WC_Admin_Settings::add_error($report->text());
        }
    }
}
