<?php

namespace Stoa\Courses\Tests;

use Stoa\Courses\Connection;
use Stoa\Courses\SettingsForm;
use Stoa\Courses\SettingsPage;
use Stoa\Courses\WebhookPanel;
use Stoa\Courses\WebhookWarning;

/** Posts the settings as WordPress hands them over: with slashes. */
function post_settings(array $fields): void
{
    $_POST = wp_slash($fields) + ['_wpnonce' => wp_create_nonce('woocommerce-settings')];
    (new SettingsPage())->save();
}

return [
    'pasting the code connects the shop and sets up the webhooks' => static function () {
        Shop::sign_in(1, 'owner@example.com', true);
        post_settings([SettingsForm::CODE => code()]);
        same([], Shop::$errors);
        same(['Webhooks: 4 made, 0 repaired, 0 doubles removed.'], Shop::$messages);
        same(get_object_vars(connection()), Shop::$options[Connection::OPTION]);
        same(4, count(Shop::$webhooks));
    },
    'a code that is refused changes nothing' => static function () {
        Shop::sign_in(1, 'owner@example.com', true);
        connection('old-shop')->save();
        post_settings([SettingsForm::CODE => code(['address' => 'http://courses.example.com'])]);
        same(1, count(Shop::$errors));
        holds('https://', Shop::$errors[0]);
        same('old-shop', Connection::load()->store);
        same([], Shop::$webhooks);
    },
    'saving without a change does nothing' => static function () {
        Shop::sign_in(1, 'owner@example.com', true);
        connection()->save();
        post_settings([SettingsForm::ADDRESS => ADDRESS, SettingsForm::STORE => 'my-shop']);
        same([[], [], []], [Shop::$errors, Shop::$messages, Shop::$webhooks]);
    },
    'a secret with a backslash is kept as it was typed' => static function () {
        Shop::sign_in(1, 'owner@example.com', true);
        connection()->save();
        $secret = 'back\\slash-in-a-secret';
        post_settings([SettingsForm::ADDRESS => ADDRESS, SettingsForm::STORE => 'my-shop', SettingsForm::WEBHOOK_SECRET => $secret]);
        same($secret, Connection::load()->webhook_secret);
        same($secret, Shop::$webhooks[1]['secret']);
    },
    'a moved Stoa takes its webhooks along' => static function () {
        Shop::sign_in(1, 'owner@example.com', true);
        post_settings([SettingsForm::CODE => code()]);
        post_settings([SettingsForm::ADDRESS => 'https://new.example.com', SettingsForm::STORE => 'my-shop']);
        same(array_fill(1, 4, 'https://new.example.com/webhooks/my-shop'), array_map(static function ($webhook) {
            return $webhook['delivery_url'];
        }, Shop::$webhooks));
    },
    'a Stoa that does not answer is told of' => static function () {
        Shop::sign_in(1, 'owner@example.com', true);
        Shop::$silent = true;
        post_settings([SettingsForm::CODE => code()]);
        holds('But Stoa did not answer the test call: Error: Delivery URL cannot be reached', Shop::$errors[0]);
        same('my-shop', Connection::load()->store);
        same(4, count(Shop::$webhooks));
        same(1, count(Shop::$pings));
    },
    'whoever may not manage the shop, or has no nonce, changes nothing' => static function () {
        Shop::sign_in(2, 'customer@example.com');
        post_settings([SettingsForm::CODE => code()]);
        same(null, Connection::load());
        Shop::sign_in(1, 'owner@example.com', true);
        $_POST = [SettingsForm::CODE => code()];
        same(403, Answered::by([new SettingsPage(), 'save'])->status);
        same(null, Connection::load());
    },
    'the button sets up the webhooks once for those who may, and says so' => static function () {
        connection()->save();
        Shop::sign_in(1, 'owner@example.com', true);
        $_POST = ['_wpnonce' => wp_create_nonce(WebhookPanel::ACTION)];
        WebhookPanel::set_up();
        same(4, count(Shop::$webhooks));
        $page = Shop::printed([WebhookPanel::class, 'show']);
        holds('4 made', $page);
        same(4, substr_count($page, '<td>Active</td>'));
        same(false, strpos(Shop::printed([WebhookPanel::class, 'show']), '4 made'));
    },
    'the button does nothing for others' => static function () {
        connection()->save();
        Shop::sign_in(2, 'customer@example.com');
        $_POST = ['_wpnonce' => wp_create_nonce(WebhookPanel::ACTION)];
        same(403, Answered::by([WebhookPanel::class, 'set_up'])->status);
        Shop::sign_in(1, 'owner@example.com', true);
        $_POST = ['_wpnonce' => 'wrong'];
        same(403, Answered::by([WebhookPanel::class, 'set_up'])->status);
        same([], Shop::$webhooks);
        Shop::$user = 2;
        same('', Shop::printed([WebhookPanel::class, 'show']));
    },
    'the table names what is wrong and how often it failed' => static function () {
        Shop::sign_in(1, 'owner@example.com', true);
        post_settings([SettingsForm::CODE => code()]);
        Shop::$webhooks[1]['status'] = 'disabled';
        Shop::$webhooks[1]['failure_count'] = 6;
        Shop::$webhooks[2]['status'] = 'paused';
        Shop::$webhooks[3]['secret'] = 'another-secret-of-some-length';
        unset(Shop::$webhooks[4]);
        $page = Shop::printed([WebhookPanel::class, 'show']);
        holds('Disabled: WooCommerce has given up', $page);
        holds('<td>6</td>', $page);
        holds('Paused', $page);
        holds('Signs with another secret', $page);
        holds('Missing', $page);
    },
    'the table names a webhook that is there twice' => static function () {
        Shop::sign_in(1, 'owner@example.com', true);
        post_settings([SettingsForm::CODE => code()]);
        Shop::$webhooks[5] = Shop::$webhooks[2];
        $page = Shop::printed([WebhookPanel::class, 'show']);
        same(1, substr_count($page, 'There twice'));
        same(3, substr_count($page, '<td>Active</td>'));
    },
    'the shop’s staff is warned while a webhook is off, and nobody else' => static function () {
        Shop::sign_in(1, 'owner@example.com', true);
        Shop::$screen = 'dashboard';
        $warning = static function (): string {
            return Shop::printed([WebhookWarning::class, 'show']);
        };
        same('', $warning());
        post_settings([SettingsForm::CODE => code()]);
        same('', $warning());
        Shop::$webhooks[2]['status'] = 'disabled';
        holds('Stoa does not hear about all orders', $warning());
        holds('page=wc-settings&#038;tab=stoa', $warning());
        Shop::$screen = 'edit-post';
        same('', $warning());
        Shop::$screen = 'woocommerce_page_wc-orders';
        holds('Stoa does not hear', $warning());
        Shop::$user = 2;
        same('', $warning());
    },
];
