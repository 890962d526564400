<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** Makes the token that tells Stoa who is signed in here: a JWT signed with HS256, good once and for a minute. */
final class HandOffToken
{
    public const SECONDS = 60;
    public const RANDOM_BYTES = 16;

    /**
     * Returns a signed token.
     *
     * The key of the HMAC is the text of the hand-off secret itself. WordPress verifies no e-mail address, so the token never
     * claims one to be verified.
     *
     * @param int    $customer WordPress user id, above 0.
     * @param int    $now      Seconds since 1970.
     * @param string $random   At least RANDOM_BYTES random bytes, never used before.
     */
    public static function mint(Connection $connection, int $customer, string $email, int $now, string $random): string
    {
        $claims = [
            'iss' => $connection->store,
            'aud' => $connection->address,
            'sub' => (string) $customer,
            'jti' => self::base64url($random),
            'iat' => $now,
            'exp' => $now + self::SECONDS,
        ];
        if ($email !== '') {
            $claims['email'] = $email;
            $claims['email_verified'] = false;
        }
        $flags = JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE;
        $head = self::base64url((string) json_encode(['alg' => 'HS256', 'typ' => 'JWT'], $flags));
        $body = self::base64url((string) json_encode($claims, $flags));
        $signature = hash_hmac('sha256', $head . '.' . $body, $connection->handoff_secret, true);
        return $head . '.' . $body . '.' . self::base64url($signature);
    }

    private static function base64url(string $bytes): string
    {
        return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    }
}
