<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** The four webhooks that tell Stoa about orders: finds, makes, repairs and removes them by WooCommerce's own classes. */
final class Webhooks
{
    public const TOPICS = ['order.created', 'order.updated', 'order.deleted', 'order.restored'];

    /** Option with the ids of the webhooks that are ours; those that were made by hand or by Stoa are known by their address. */
    public const OPTION = 'stoa_courses_webhooks';

    private const API_VERSION = 'wp_api_v3';

    /**
     * Makes what is missing, repairs what is wrong and removes what is double, until there is one of each topic. A second run
     * changes nothing. Calls Stoa, until it does not answer, for each webhook that has not reached it yet.
     *
     * @param int $user Whose rights the messages are made with: WooCommerce leaves out what she may not read.
     */
    public static function set_up(Connection $connection, int $user): WebhookReport
    {
        $report = new WebhookReport();
        $ids = [];
        $found = self::find($connection);
        foreach (self::TOPICS as $topic) {
            $webhook = array_shift($found[$topic]);
            foreach ($found[$topic] as $double) {
                $double->delete(true);
                $report->removed++;
            }
            if ($webhook === null) {
                $webhook = new \WC_Webhook();
                $webhook->set_topic($topic);
                self::correct($webhook, $connection, $user);
                $webhook->save();
                $report->created++;
            } elseif (self::problem($webhook, $connection) !== null) {
                self::correct($webhook, $connection, $user);
                $webhook->save();
                $report->repaired++;
            }
            // The first is called whatever its state, so that the button also tells whether Stoa can be reached.
            if ($report->silence === null && ($ids === [] || $webhook->get_pending_delivery())) {
                $answer = $webhook->deliver_ping();
                $report->silence = is_wp_error($answer) ? $answer->get_error_message() : null;
            }
            $ids[] = $webhook->get_id();
        }
        update_option(self::OPTION, $ids, false);
        return $report;
    }

    /**
     * Returns what is to be known of each topic.
     *
     * @return array<string, array{status: string, failures: int, problem: ?string}> By topic.
     */
    public static function states(Connection $connection): array
    {
        $states = [];
        foreach (self::find($connection) as $topic => $webhooks) {
            $states[$topic] = $webhooks === []
                ? ['status' => 'missing', 'failures' => 0, 'problem' => 'missing']
                : [
                    'status' => $webhooks[0]->get_status(),
                    'failures' => (int) $webhooks[0]->get_failure_count(),
                    'problem' => isset($webhooks[1]) ? 'double' : self::problem($webhooks[0], $connection),
                ];
        }
        return $states;
    }

    /** Removes every webhook to Stoa. */
    public static function remove(?Connection $connection): void
    {
        foreach (self::find($connection) as $webhooks) {
            foreach ($webhooks as $webhook) {
                $webhook->delete(true);
            }
        }
        delete_option(self::OPTION);
    }

    /**
     * Returns the webhooks that are for Stoa, those that we made first.
     *
     * @return array<string, \WC_Webhook[]> By topic; every topic is there.
     */
    private static function find(?Connection $connection): array
    {
        $made = get_option(self::OPTION, []);
        $made = is_array($made) ? array_map('intval', $made) : [];
        $ours = array_fill_keys(self::TOPICS, []);
        $others = $ours;
        foreach (\WC_Data_Store::load('webhook')->get_webhooks_ids() as $id) {
            $webhook = wc_get_webhook((int) $id);
            if ($webhook === null || !isset($ours[$webhook->get_topic()])) {
                continue;
            }
            if (in_array((int) $id, $made, true)) {
                $ours[$webhook->get_topic()][] = $webhook;
            } elseif ($connection !== null && $webhook->get_delivery_url() === $connection->delivery_url()) {
                $others[$webhook->get_topic()][] = $webhook;
            }
        }
        return array_merge_recursive($ours, $others);
    }

    /** Returns why the webhook does not do its work, or null when it does. */
    private static function problem(\WC_Webhook $webhook, Connection $connection): ?string
    {
        if ($webhook->get_status() !== 'active') {
            return $webhook->get_status();
        }
        if ($webhook->get_delivery_url() !== $connection->delivery_url()) {
            return 'address';
        }
        if (!hash_equals($connection->webhook_secret, (string) $webhook->get_secret())) {
            return 'secret';
        }
        if ($webhook->get_api_version() !== self::API_VERSION) {
            return 'version';
        }
        // Without the right to read orders the messages are signed error reports.
        if (!user_can((int) $webhook->get_user_id(), 'manage_woocommerce')) {
            return 'user';
        }
        return null;
    }

    private static function correct(\WC_Webhook $webhook, Connection $connection, int $user): void
    {
        $webhook->set_name('Stoa ' . $webhook->get_topic());
        $webhook->set_delivery_url($connection->delivery_url());
        $webhook->set_secret($connection->webhook_secret);
        $webhook->set_api_version(self::API_VERSION);
        if (!user_can((int) $webhook->get_user_id(), 'manage_woocommerce')) {
            $webhook->set_user_id($user);
        }
        // A disabled one keeps its count of failures, and the next failure would disable it at once.
        if ($webhook->get_status() !== 'active') {
            $webhook->set_failure_count(0);
            $webhook->set_status('active');
        }
    }
}
