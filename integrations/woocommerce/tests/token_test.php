<?php

namespace Stoa\Courses\Tests;

use Stoa\Courses\HandOffToken;

$now = 1795343400;
$random = str_repeat("\x01\xff", 8);

return [
    'a token says who is signed in, for one minute and one Stoa' => static function () use ($now, $random) {
        $token = HandOffToken::mint(connection(), 42, 'ada@example.com', $now, $random);
        same(
            [
                'iss' => 'my-shop',
                'aud' => 'https://courses.example.com',
                'sub' => '42',
                'jti' => 'Af8B_wH_Af8B_wH_Af8B_w',
                'iat' => $now,
                'exp' => $now + 60,
                'email' => 'ada@example.com',
                'email_verified' => false,
            ],
            verified($token, ['now' => $now])
        );
    },
    'the independent check refuses a token that is changed' => static function () use ($now, $random) {
        [$head, $body, $signature] = explode('.', HandOffToken::mint(connection(), 42, '', $now, $random));
        $other = explode('.', HandOffToken::mint(connection(), 43, '', $now, $random));
        foreach (["$head.$other[1].$signature", "$head.$body.$other[2]"] as $forged) {
            try {
                verified($forged, ['now' => $now]);
            } catch (Failed $failed) {
                holds('the signature is wrong', $failed->getMessage());
                continue;
            }
            throw new Failed('a forged token was found right');
        }
    },
    'a customer without an address has no claim about one' => static function () use ($now, $random) {
        $claims = verified(HandOffToken::mint(connection(), 42, '', $now, $random), ['now' => $now]);
        same(['iss', 'aud', 'sub', 'jti', 'iat', 'exp'], array_keys($claims));
    },
    'an address with signs and other scripts is kept' => static function () use ($now, $random) {
        $token = HandOffToken::mint(connection(), 42, "o'neill+\"x\"/ä@example.com", $now, $random);
        same("o'neill+\"x\"/ä@example.com", verified($token, ['now' => $now])['email']);
    },
];
