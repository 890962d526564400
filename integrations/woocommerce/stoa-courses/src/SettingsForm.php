<?php

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

/** What the settings page asks, and what its answers mean. */
final class SettingsForm
{
    /** Name of the tab under WooCommerce → Settings. */
    public const TAB = 'stoa';

    public const CODE = 'stoa_courses_code';
    public const ADDRESS = 'stoa_courses_address';
    public const STORE = 'stoa_courses_store';
    public const WEBHOOK_SECRET = 'stoa_courses_webhook_secret';
    public const HANDOFF_SECRET = 'stoa_courses_handoff_secret';

    public static function url(): string
    {
        return admin_url('admin.php?page=wc-settings&tab=' . self::TAB);
    }

    /**
     * Returns the connection that was filled in. A connection code wins over the other fields; an empty secret stays what it was.
     *
     * @param array<string, mixed> $posted Unslashed fields.
     * @throws Refused
     */
    public static function read(array $posted, ?Connection $now): Connection
    {
        $code = self::text($posted, self::CODE);
        if ($code !== '') {
            return ConnectionCode::parse($code);
        }
        $webhook_secret = self::text($posted, self::WEBHOOK_SECRET);
        $handoff_secret = self::text($posted, self::HANDOFF_SECRET);
        return Connection::checked(
            self::text($posted, self::ADDRESS),
            self::text($posted, self::STORE),
            $webhook_secret === '' && $now !== null ? $now->webhook_secret : $webhook_secret,
            $handoff_secret === '' && $now !== null ? $now->handoff_secret : $handoff_secret
        );
    }

    /**
     * Returns the fields as WooCommerce's settings pages take them. Secrets and the code are never filled in.
     *
     * @return array<int, array<string, mixed>>
     */
    public static function fields(?Connection $now): array
    {
        return [
            [
                'type' => 'title',
                'id' => 'stoa_courses',
                'title' => __('Stoa', 'stoa-courses'),
                'desc' => __('Video courses for this shop. Run “stoa store add” on your Stoa server, copy the connection code that it prints, paste it here and save. Nothing else needs to be filled in.', 'stoa-courses'),
            ],
            self::secret(
                self::CODE,
                __('Connection code', 'stoa-courses'),
                $now === null ? '' : __('Connected. Paste another code to change it.', 'stoa-courses'),
                __('Fills in the four fields below.', 'stoa-courses')
            ),
            self::plain(
                'url',
                self::ADDRESS,
                __('Address of Stoa', 'stoa-courses'),
                $now === null ? '' : $now->address,
                'https://courses.example.com'
            ),
            self::plain(
                'text',
                self::STORE,
                __('Store name', 'stoa-courses'),
                $now === null ? '' : $now->store,
                'my-shop'
            ),
            self::secret(
                self::WEBHOOK_SECRET,
                __('Webhook secret', 'stoa-courses'),
                $now === null ? '' : __('Set. Leave empty to keep it.', 'stoa-courses'),
                __('Signs what the shop tells Stoa about orders.', 'stoa-courses')
            ),
            self::secret(
                self::HANDOFF_SECRET,
                __('Hand-off secret', 'stoa-courses'),
                $now === null ? '' : __('Set. Leave empty to keep it.', 'stoa-courses'),
                __('Signs who the customer is when she opens her courses.', 'stoa-courses')
            ),
            ['type' => 'sectionend', 'id' => 'stoa_courses'],
        ];
    }

    /** @param array<string, mixed> $posted */
    private static function text(array $posted, string $name): string
    {
        return isset($posted[$name]) && is_string($posted[$name]) ? trim($posted[$name]) : '';
    }

    /** @return array<string, mixed> */
    private static function plain(string $type, string $id, string $title, string $value, string $placeholder): array
    {
        return ['type' => $type, 'id' => $id, 'title' => $title, 'value' => $value, 'placeholder' => $placeholder];
    }

    /** @return array<string, mixed> */
    private static function secret(string $id, string $title, string $placeholder, string $description): array
    {
        return [
            'type' => 'password',
            'id' => $id,
            'title' => $title,
            'value' => '',
            'placeholder' => $placeholder,
            'desc' => $description,
            'desc_tip' => true,
            'custom_attributes' => ['autocomplete' => 'new-password'],
        ];
    }
}
