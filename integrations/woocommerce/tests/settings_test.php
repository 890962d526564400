<?php

namespace Stoa\Courses\Tests;

use Stoa\Courses\Address;
use Stoa\Courses\Connection;
use Stoa\Courses\ConnectionCode;
use Stoa\Courses\SettingsForm;

return [
    'a good connection code fills in everything' => static function () {
        same(get_object_vars(connection()), get_object_vars(ConnectionCode::parse(code())));
    },
    'a code that a terminal has broken into lines is read' => static function () {
        $code = ' ' . chunk_split(code(), 40, "\r\n");
        same(get_object_vars(connection()), get_object_vars(ConnectionCode::parse($code)));
    },
    'a code with more in it than we know is read' => static function () {
        same('my-shop', ConnectionCode::parse(code(['note' => 'later']))->store);
    },
    'broken codes are refused, each with its reason' => static function () {
        $whole = code();
        $broken = [
            'This is not a connection code' => [
                substr($whole, 0, -20), 'nonsense', '{"v":1}', $whole . '=', str_replace('e', '+', $whole), base64_encode('7'),
                str_repeat('A', 5000), "\xff\xfe",
            ],
            'of another version' => [code(['v' => 2]), code(['v' => '1']), code(['v' => null])],
            'incomplete' => [code(['store' => null]), code(['webhook_secret' => 5]), code(['address' => ['x']])],
            'must begin with https://' => [code(['address' => 'http://courses.example.com'])],
            'must look like' => [code(['address' => 'courses.example.com'])],
            'The store name has' => [code(['store' => 'My Shop']), code(['store' => '../x']), code(['store' => '']), code(['store' => 'my-shop"><script>'])],
            'The webhook secret has' => [code(['webhook_secret' => 'short']), code(['webhook_secret' => 'has-an-&amp;-entity'])],
            'The hand-off secret begins' => [code(['handoff_secret' => 'stoa_hs_short']), code(['handoff_secret' => WEBHOOK_SECRET]), code(['handoff_secret' => HANDOFF_SECRET . 'x'])],
        ];
        foreach ($broken as $reason => $codes) {
            foreach ($codes as $code) {
                $message = refusal(static function () use ($code) {
                    ConnectionCode::parse($code);
                });
                holds($reason, $message);
                same(false, strpos($message, 'stoa_hs_s'));
            }
        }
    },
    'addresses are kept as browsers write an origin' => static function () {
        $same = [
            'https://courses.example.com' => 'https://courses.example.com',
            ' HTTPS://Courses.Example.com/ ' => 'https://courses.example.com',
            'https://courses.example.com:443' => 'https://courses.example.com',
            'https://courses.example.com:8443/' => 'https://courses.example.com:8443',
            'http://localhost:8080' => 'http://localhost:8080',
            'http://127.0.0.1:80' => 'http://127.0.0.1',
            'http://[::1]:8080' => 'http://[::1]:8080',
        ];
        foreach ($same as $typed => $kept) {
            same($kept, Address::parse($typed));
        }
    },
    'http is refused except on this machine' => static function () {
        foreach (['http://courses.example.com', 'http://192.168.1.5:8080', 'http://localhost.example.com', 'http://127.0.0.1.example.com', 'http://x127.0.0.1'] as $address) {
            holds('must begin with https://', refusal(static function () use ($address) {
                Address::parse($address);
            }));
        }
    },
    'what is not an origin is refused' => static function () {
        $wrong = [
            '', 'courses.example.com', 'ftp://courses.example.com', 'javascript:alert(1)', 'https://', 'https://u:p@courses.example.com',
            'https://courses.example.com/path', 'https://courses.example.com?x=1', 'https://courses.example.com#x',
            'https://a b.example.com', 'https://-x.example.com', "https://courses.example.com\n.evil.example", '//courses.example.com',
            'https://courses.example.com"><script>alert(1)</script>', 'https://' . str_repeat('a', 300) . '.example.com',
        ];
        foreach ($wrong as $address) {
            holds('must look like', refusal(static function () use ($address) {
                Address::parse($address);
            }));
        }
        foreach (['https://courses.example.com:0', 'https://courses.example.com:65536'] as $address) {
            holds('port', refusal(static function () use ($address) {
                Address::parse($address);
            }));
        }
    },
    'a code wins over the other fields' => static function () {
        $read = SettingsForm::read([SettingsForm::CODE => code(), SettingsForm::STORE => 'other'], null);
        same('my-shop', $read->store);
    },
    'an empty secret stays what it was, and a typed one is taken' => static function () {
        $posted = [
            SettingsForm::ADDRESS => 'https://new.example.com',
            SettingsForm::STORE => 'new-shop',
            SettingsForm::WEBHOOK_SECRET => '',
            SettingsForm::HANDOFF_SECRET => ' stoa_hs_' . str_repeat('n', 43) . ' ',
        ];
        $read = SettingsForm::read($posted, connection());
        same(['https://new.example.com', 'new-shop', WEBHOOK_SECRET], [$read->address, $read->store, $read->webhook_secret]);
        same('stoa_hs_' . str_repeat('n', 43), $read->handoff_secret);
    },
    'without a connection the secrets must be typed' => static function () {
        holds('webhook secret', refusal(static function () {
            SettingsForm::read([SettingsForm::ADDRESS => ADDRESS, SettingsForm::STORE => 'my-shop'], null);
        }));
    },
    'what is saved is loaded, and half of it is nothing' => static function () {
        same(null, Connection::load());
        connection()->save();
        same(get_object_vars(connection()), get_object_vars(Connection::load()));
        unset(Shop::$options[Connection::OPTION]['handoff_secret']);
        same(null, Connection::load());
    },
];
