<?php
/**
 * Runs when the plugin is deleted: removes its webhooks and options, on each site of a network.
 */

namespace Stoa\Courses;

if (!defined('WP_UNINSTALL_PLUGIN')) {
    exit;
}

require_once __DIR__ . '/src/load.php';

/** Leaves nothing of ours on the present site. */
function remove_everything(): void
{
    if (class_exists('WC_Webhook')) {
        Webhooks::remove(Connection::load());
    } else {
        // Without WooCommerce its webhooks rest in the table, and would wake up with it.
        global $wpdb;
        $wpdb->suppress_errors(true);
        foreach ((array) get_option(Webhooks::OPTION, []) as $id) {
            $wpdb->delete($wpdb->prefix . 'wc_webhooks', ['webhook_id' => (int) $id], ['%d']);
        }
        $wpdb->suppress_errors(false);
        delete_option(Webhooks::OPTION);
    }
    delete_option(Connection::OPTION);
    delete_option('rewrite_rules');
}

if (is_multisite()) {
    foreach (get_sites(['fields' => 'ids', 'number' => 0]) as $site) {
        switch_to_blog($site);
        remove_everything();
        restore_current_blog();
    }
} else {
    remove_everything();
}
