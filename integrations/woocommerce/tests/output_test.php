<?php

namespace Stoa\Courses\Tests;

use Stoa\Courses\AccountTab;
use Stoa\Courses\Connection;
use Stoa\Courses\HandOff;
use Stoa\Courses\SettingsPage;
use Stoa\Courses\WebhookPanel;
use Stoa\Courses\Webhooks;
use Stoa\Courses\WebhookWarning;

const EVIL = '"><script>alert(1)</script>';

/** Returns every page and answer of the plugin, by name. */
function everything_printed(): array
{
    Shop::sign_in(1, 'owner@example.com', true);
    Shop::$screen = 'dashboard';
    $_POST = ['_wpnonce' => wp_create_nonce(HandOff::NONCE)];
    $pages = [
        'tab' => [AccountTab::class, 'show'],
        'open' => [HandOff::class, 'answer_open'],
        'settings' => [new SettingsPage(), 'output'],
        'panel' => [WebhookPanel::class, 'show'],
        'warning' => [WebhookWarning::class, 'show'],
    ];
    return array_map([Shop::class, 'printed'], $pages);
}

return [
    'a store or an address with markup in it stays text' => static function () {
        connection('shop' . EVIL, ADDRESS . EVIL)->save();
        $printed = everything_printed();
        foreach ($printed as $name => $html) {
            same(false, strpos($html, '<script>alert'));
            same(false, strpos($html, '"><script'));
            same(0, preg_match('~<script(?! type="module" src="https://courses\.example\.com[^"<>]*"></script>|>document\.forms\[0\]\.submit\(\);</script>)~', $html));
        }
        holds('store="shop&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"', $printed['tab']);
        holds('&quot;&gt;&lt;script&gt;', $printed['panel']);
    },
    'an address that is a script is not printed' => static function () {
        connection('my-shop', 'javascript:alert(1)//')->save();
        $printed = everything_printed();
        same(false, strpos($printed['tab'] . $printed['open'], 'javascript:'));
    },
    'a message of WooCommerce stays text' => static function () {
        connection()->save();
        Shop::$silent = true;
        Shop::sign_in(1, 'owner@example.com', true);
        $_POST = ['_wpnonce' => wp_create_nonce(WebhookPanel::ACTION)];
        WebhookPanel::set_up();
        $page = Shop::printed([WebhookPanel::class, 'show']);
        holds('&lt;b&gt;connection refused&lt;/b&gt;', $page);
        same(false, strpos($page, '<b>'));
    },
    'no secret is in any page' => static function () {
        connection()->save();
        Webhooks::set_up(connection(), 1);
        foreach (everything_printed() as $name => $html) {
            foreach ([WEBHOOK_SECRET, HANDOFF_SECRET, code(), base64_encode(HANDOFF_SECRET)] as $secret) {
                same(false, strpos($html, $secret));
            }
        }
    },
    'secrets and the code are password fields without a value' => static function () {
        connection()->save();
        // Another plugin's option of the same name is not filled in either.
        Shop::$options['stoa_courses_webhook_secret'] = 'of another plugin';
        $html = Shop::printed([new SettingsPage(), 'output']);
        foreach (['code', 'webhook_secret', 'handoff_secret'] as $name) {
            holds('<input type="password" name="stoa_courses_' . $name . '" value=""', $html);
        }
        holds('name="stoa_courses_address" value="https://courses.example.com"', $html);
        holds('name="stoa_courses_store" value="my-shop"', $html);
    },
    'the tab holds the embed with a form inside for pages without script' => static function () {
        connection()->save();
        Shop::sign_in(7, 'ada@example.com');
        $html = Shop::printed([AccountTab::class, 'show']);
        $nonce = wp_create_nonce(HandOff::NONCE);
        holds('<stoa-library stoa="https://courses.example.com" store="my-shop" token-url="/?wc-ajax=stoa_courses_token&#038;_wpnonce=' . $nonce . '">', $html);
        holds('<script type="module" src="https://courses.example.com/embed/v1.js"></script>', $html);
        same(1, preg_match('~<stoa-library[^>]*>\s*<form method="post" action="/\?wc-ajax=stoa_courses_open">.*Open my courses.*</form>\s*</stoa-library>~s', $html));
        holds('name="_wpnonce" value="' . $nonce . '"', $html);
    },
    'a shop that is not connected says so' => static function () {
        holds('not set up yet', Shop::printed([AccountTab::class, 'show']));
        same('', Shop::printed([WebhookPanel::class, 'show']));
        same(null, Connection::load());
    },
];
