<?php

namespace Stoa\Courses\Tests;

use Stoa\Courses\Connection;
use Stoa\Courses\Webhooks;

/** Puts a webhook into the shop as somebody else would have made it. */
function foreign_webhook(string $topic, string $url, array $changes = []): int
{
    $webhook = new \WC_Webhook();
    foreach ($changes + ['topic' => $topic, 'delivery_url' => $url, 'status' => 'active', 'secret' => WEBHOOK_SECRET, 'user_id' => 1] as $name => $value) {
        $webhook->{'set_' . $name}($value);
    }
    $webhook->save();
    return $webhook->get_id();
}

function set_up(?Connection $connection = null): string
{
    Shop::sign_in(1, 'owner@example.com', true);
    return Webhooks::set_up($connection ?? connection(), 1)->text();
}

return [
    'an empty shop gets one webhook of each topic' => static function () {
        same('Webhooks: 4 made, 0 repaired, 0 doubles removed.', set_up());
        same(['order.created', 'order.updated', 'order.deleted', 'order.restored'], array_values(array_column(Shop::$webhooks, 'topic')));
        foreach (Shop::$webhooks as $webhook) {
            same(
                ['active', 'https://courses.example.com/webhooks/my-shop', WEBHOOK_SECRET, 'wp_api_v3', 1, false],
                [$webhook['status'], $webhook['delivery_url'], $webhook['secret'], $webhook['api_version'], $webhook['user_id'], $webhook['pending_delivery']]
            );
        }
        same(4, count(Shop::$pings));
    },
    'setting up again changes nothing' => static function () {
        set_up();
        $before = Shop::$webhooks;
        for ($time = 0; $time < 3; $time++) {
            same('The webhooks are as they should be.', set_up());
            same($before, Shop::$webhooks);
        }
    },
    'a disabled or paused webhook is switched on, with a clean count' => static function () {
        set_up();
        $before = Shop::$webhooks;
        Shop::$webhooks[2]['status'] = 'disabled';
        Shop::$webhooks[2]['failure_count'] = 6;
        Shop::$webhooks[3]['status'] = 'paused';
        same('Webhooks: 0 made, 2 repaired, 0 doubles removed.', set_up());
        same($before, Shop::$webhooks);
    },
    'a wrong address, secret, version or owner is repaired' => static function () {
        set_up();
        $before = Shop::$webhooks;
        Shop::$webhooks[1]['delivery_url'] = 'https://elsewhere.example.com/';
        Shop::$webhooks[2]['secret'] = 'wrong';
        Shop::$webhooks[3]['api_version'] = 'legacy_v3';
        Shop::$webhooks[4]['user_id'] = 99;
        same('Webhooks: 0 made, 4 repaired, 0 doubles removed.', set_up());
        same($before, Shop::$webhooks);
    },
    'a deleted one is made again' => static function () {
        set_up();
        unset(Shop::$webhooks[2]);
        same('Webhooks: 1 made, 0 repaired, 0 doubles removed.', set_up());
        same(4, count(Shop::$webhooks));
    },
    'one that stands there already is taken over, and doubles are removed' => static function () {
        $url = connection()->delivery_url();
        foreign_webhook('order.updated', $url, ['status' => 'disabled']);
        foreign_webhook('order.updated', $url, ['secret' => 'wrong']);
        foreign_webhook('order.created', $url);
        same('Webhooks: 2 made, 1 repaired, 1 doubles removed.', set_up());
        $topics = array_column(Shop::$webhooks, 'topic');
        sort($topics);
        same(['order.created', 'order.deleted', 'order.restored', 'order.updated'], $topics);
        same('The webhooks are as they should be.', set_up());
    },
    'webhooks of others are left alone' => static function () {
        $others = [
            foreign_webhook('order.updated', 'https://elsewhere.example.com/webhooks/my-shop', ['status' => 'disabled']),
            foreign_webhook('product.updated', connection()->delivery_url()),
        ];
        $before = Shop::$webhooks;
        set_up();
        same(6, count(Shop::$webhooks));
        same($before, array_intersect_key(Shop::$webhooks, array_flip($others)));
        Webhooks::remove(connection());
        same($before, Shop::$webhooks);
    },
    'a Stoa that does not answer is called once, and the webhooks are there all the same' => static function () {
        Shop::$silent = true;
        holds('But Stoa did not answer the test call', set_up());
        same(1, count(Shop::$pings));
        same(array_fill(0, 4, 'active'), array_column(Shop::$webhooks, 'status'));
        Shop::$silent = false;
        Shop::$pings = [];
        same('The webhooks are as they should be.', set_up());
        same(array_fill(0, 4, false), array_column(Shop::$webhooks, 'pending_delivery'));
    },
    'the button tells of a Stoa that is down, though all webhooks are right' => static function () {
        set_up();
        Shop::$silent = true;
        holds('The webhooks are as they should be. But Stoa did not answer', set_up());
    },
    'the secret signs the same after WooCommerce has decoded entities in it' => static function () {
        set_up();
        $secret = Shop::$webhooks[1]['secret'];
        same($secret, html_entity_decode($secret, ENT_QUOTES));
        holds('webhook secret', refusal(static function () {
            Connection::checked(ADDRESS, 'my-shop', 'wc-hook-s3cret&<>\'x-long-enough', HANDOFF_SECRET);
        }));
    },
    'removing leaves none of ours, even when the settings are lost' => static function () {
        set_up();
        Webhooks::remove(null);
        same([], Shop::$webhooks);
        same(false, get_option(Webhooks::OPTION));
    },
];
