<?php

namespace Stoa\Courses\Tests;

use Stoa\Courses\HandOff;

/** Asks for a token as the embed does, with the address that was put into the page. */
function fetch_token(string $url): Answered
{
    parse_str((string) parse_url($url, PHP_URL_QUERY), $_GET);
    HandOff::register();
    return Answered::by(static function () {
        Shop::fire('wc_ajax_' . $_GET['wc-ajax']);
    });
}

return [
    'the signed-in customer gets a fresh token each time' => static function () {
        connection()->save();
        Shop::sign_in(7, 'ada@example.com');
        $first = fetch_token(HandOff::token_url());
        same(200, $first->status);
        same(['token'], array_keys($first->body));
        $claims = verified($first->body['token']);
        same('7', $claims['sub']);
        same('ada@example.com', $claims['email']);
        same(false, $claims['email_verified']);
        $second = verified(fetch_token(HandOff::token_url())->body['token']);
        same(false, $claims['jti'] === $second['jti']);
        same('no-store, private', Shop::$headers['cache-control']);
    },
    'somebody who is not signed in gets 401 and no token' => static function () {
        connection()->save();
        Shop::sign_in(7, 'ada@example.com');
        $url = HandOff::token_url();
        Shop::$user = 0;
        $answer = fetch_token($url);
        same(401, $answer->status);
        same(['error' => 'signed_out'], $answer->body);
        same('no-store, private', Shop::$headers['cache-control']);
    },
    'a nonce of another customer, or none, is refused' => static function () {
        connection()->save();
        Shop::sign_in(8, 'eve@example.com');
        $of_another = HandOff::token_url();
        Shop::sign_in(7, 'ada@example.com');
        foreach ([$of_another, '/?wc-ajax=' . HandOff::TOKEN, '/?wc-ajax=' . HandOff::TOKEN . '&_wpnonce[]=x'] as $url) {
            $answer = fetch_token($url);
            same(403, $answer->status);
            same(['error' => 'page_too_old'], $answer->body);
        }
    },
    'a shop that is not connected has no tokens' => static function () {
        Shop::sign_in(7, 'ada@example.com');
        same(503, fetch_token(HandOff::token_url())->status);
    },
    'the button without script leads to a page that posts a fresh token to Stoa' => static function () {
        connection()->save();
        Shop::sign_in(7, 'ada@example.com');
        $_POST = ['_wpnonce' => wp_create_nonce(HandOff::NONCE)];
        $page = Shop::printed([HandOff::class, 'answer_open']);
        holds('<form method="post" action="https://courses.example.com/sign-in/store">', $page);
        holds('<input type="hidden" name="store" value="my-shop">', $page);
        same(1, preg_match('~name="token" value="([^"]+)"~', $page, $found));
        same('7', verified($found[1])['sub']);
        same('no-store, private', Shop::$headers['cache-control']);
        same('strict-origin', Shop::$headers['referrer-policy']);
    },
    'the button of an old page, or of somebody who has left, leads back to My Courses' => static function () {
        connection()->save();
        foreach ([[7, 'wrong'], [0, wp_create_nonce(HandOff::NONCE)]] as [$user, $nonce]) {
            Shop::$user = $user;
            Shop::$redirect = null;
            $_POST = ['_wpnonce' => $nonce];
            $answer = Answered::by(static function () {
                same('', Shop::printed([HandOff::class, 'answer_open']));
            });
            // A status here would undo the redirect.
            same(null, $answer->status);
            same('https://shop.example.com/my-account/my-courses/', Shop::$redirect);
        }
    },
];
